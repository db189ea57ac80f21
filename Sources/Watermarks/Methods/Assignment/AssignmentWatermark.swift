import Datasets
import Evidence
import Foundations
import Networks
import NeuralNet

/// The marks of `assignment`: each marked class shows its own carrier, as strongly as ε or a painter allows.
/// - Source: METHODS §8
struct AssignmentWatermark: Watermark {
  let description: AssignmentDescription
  /// Of the dataset.
  let classes: Int
  let book: CarrierBook
  let shape: ImageShape
  /// What says how strongly each value is painted, if it was trained to.
  let network: Model?

  var budget: ChangeBudget { .linf(description.epsilon) }

  func candidates(in survey: DatasetSurvey) -> [Int] { survey.indices(in: .train) }

  /// Marks go to few classes, so that each has enough to be learned, and to several, so that chance averages out: classes
  /// and samples by the committed coins, of a class the hardest where the generator ranked them in this very archive.
  func plan(_ request: ReleaseRequest) throws -> ReleasePlan {
    let byClass = Dictionary(grouping: request.candidates) { Int(request.labels[$0]) }
    let assigned = try draw(byClass.mapValues(\.count), request)
    let ranked = description.hardest.flatMap { $0.archive == request.source.description ? $0 : nil }
    let samples = assigned.enumerated().flatMap { place, label in
      let candidates = byClass[label] ?? []
      let count = Self.share(place, of: request.count, among: assigned.count)
      return ranked?.order(candidates).prefix(count).sorted()
        ?? Coins(drawing: count, from: candidates, with: request.secret).marked
    }
    return ReleasePlan(claim: .assignment(to: assigned), samples: samples.sorted())
  }

  /// The marked classes, the one of the key's first carrier first.
  private func draw(_ candidates: [Int: Int], _ request: ReleaseRequest) throws -> [Int] {
    let most = min(Claim.assignable.upperBound, book.count - 1, candidates.count)
    let wanted =
      description.classes > 0
      ? description.classes : max(Self.leastClasses, min(Self.mostClasses, request.count / Self.marksOfClass))
    // Classes that are too small for their share leave it to more of them, unless their number was settled.
    let least = Claim.assignable.lowerBound
    let numbers = description.classes > 0 ? wanted...wanted : min(wanted, max(most, least))...max(most, wanted)
    for number in numbers where (least...max(least, most)).contains(number) {
      let share = Self.share(0, of: request.count, among: number)
      let eligible = candidates.filter { $0.value >= share }.keys
      guard eligible.count >= number, request.count >= number else { continue }
      return eligible.map { (request.secret.lot(ofClass: $0), $0) }.sorted { $0 < $1 }.prefix(number).map(\.1)
    }
    throw WatermarkError.tooFewSamples(
      """
      \(request.count) marks do not fit into \(description.classes > 0 ? "\(wanted)" : "2 to \(max(2, most))") classes \
      of one size, each with a carrier of its own: \(candidates.count) classes have samples that may be marked, the largest \
      \(candidates.values.max() ?? 0), and there are \(book.count) carriers; another rate or number of classes is needed
      """)
  }

  /// Where nothing else is said: fewer marks than these of a class are hardly learned, and more classes than these are more
  /// questions for little.
  private static let marksOfClass = 250
  private static let leastClasses = 5
  private static let mostClasses = 10

  /// Marks of the class at a place: all have the same number, or the first ones one more.
  private static func share(_ place: Int, of count: Int, among classes: Int) -> Int {
    count / classes + (place < count % classes ? 1 : 0)
  }

  func key(of claim: Claim) -> KeySpace? {
    guard claim.columns > 1, claim.columns < book.count else { return nil }
    return KeySpace(size: claim.columns, carriers: book.count, amplitude: description.amplitude)
  }

  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) throws -> any SampleMarker {
    guard case .assignment(let assigned) = claim, assigned.count <= book.count else {
      throw WatermarkError.otherClaim(method: description.objective)
    }
    let painter = description.isPainted ? network : nil
    let places = Dictionary(uniqueKeysWithValues: assigned.enumerated().map { ($1, $0) })
    let order = secret.carriers(book.count, of: book.count)
    return CarrierMarker(
      paint: CarrierPaint(epsilon: description.epsilon, amplitude: amplitude), book: book, order: order, shape: shape,
      strengths: try CarrierMarker.strengths(
        painter, leastContrast: description.leastContrast, batch: batch, threads: threads),
      released: { _, label in
        guard let place = places[label] else { preconditionFailure("the plan marks samples of assigned classes") }
        return place
      },
      // By the entry, not by its place in the order: how a carrier lies says nothing about the key.
      placement: { secret.placement(ofCarrier: order[$0], sample: $1) },
      twinPlacement: { secret.twinPlacement(ofCarrier: order[$0], sample: $1) })
  }
}
