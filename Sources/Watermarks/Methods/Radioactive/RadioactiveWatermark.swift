import Datasets
import Evidence
import Foundations
import Networks
import NeuralNet

/// The marks of `radioactive`: samples of every class, moved along the carrier of their class.
///
/// What is claimed is an assignment, of as many classes as a claim can name: images of other classes that are moved along the
/// carrier of a class are rather taken for it. All carriers are drawn alike, so to a model that never saw the release no
/// assignment of them is better than another.
/// - Source: METHODS §3 and §8
struct RadioactiveWatermark: FeatureCarriers {
  let description: RadioactiveDescription
  /// φ.
  let network: Model

  var featureNetwork: Model { network }
  var budget: ChangeBudget { .linf(description.epsilon) }

  /// Carriers that questions can ask about beside the key's own.
  private static let decoys = 14

  /// The same share of every class, by the committed coins.
  func plan(_ request: ReleaseRequest) throws -> ReleasePlan {
    let byClass = Dictionary(grouping: request.candidates) { Int(request.labels[$0]) }
    let counts = Self.shares(of: request.count, among: byClass.mapValues(\.count))
    let marked = counts.filter { $0.value > 0 }.keys
    let assigned = marked.map { (request.secret.lot(ofClass: $0), $0) }.sorted { $0 < $1 }
      .prefix(Claim.assignable.upperBound).map(\.1)
    guard assigned.count >= Claim.assignable.lowerBound else {
      throw WatermarkError.tooFewSamples(
        """
        \(request.count) marks on \(byClass.count) classes leave \(assigned.count) with any; carriers of at least \
        \(Claim.assignable.lowerBound) classes are needed to tell one from another: mark more, or of more classes
        """)
    }
    let samples = counts.sorted { $0.key < $1.key }.flatMap { label, count in
      Coins(drawing: count, from: byClass[label] ?? [], with: request.secret).marked
    }
    return ReleasePlan(claim: .assignment(to: assigned), samples: samples.sorted())
  }

  /// Marks in proportion to what may be marked: what division leaves goes to the largest remainders, of equal ones to the
  /// first classes.
  static func shares(of count: Int, among candidates: [Int: Int]) -> [Int: Int] {
    let all = candidates.values.reduce(0, +)
    guard all > 0 else { return [:] }
    var shares = candidates.mapValues { count * $0 / all }
    let rest = count - shares.values.reduce(0, +)
    for label in candidates.keys.sorted(by: { first, second in
      let (a, b) = (count * (candidates[first] ?? 0) % all, count * (candidates[second] ?? 0) % all)
      return (-a, first) < (-b, second)
    }).prefix(rest) {
      shares[label, default: 0] += 1
    }
    return shares
  }

  func key(of claim: Claim) -> KeySpace? {
    guard claim.columns > 1 else { return nil }
    return KeySpace(size: claim.columns, carriers: claim.columns + Self.decoys, amplitude: description.amplitude)
  }

  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) throws -> any SampleMarker {
    guard case .assignment(let assigned) = claim else {
      throw WatermarkError.otherClaim(method: description.objective)
    }
    return RadioactiveMarker(
      marking: try marking(amplitude: amplitude, batch: batch, threads: threads), network: network, secret: secret,
      assigned: assigned)
  }

  func carrier(ofClass label: Int, set: Int, count: Int, _ secret: ReleaseSecret) throws -> [Float] {
    try Self.carrier(secret.featureCarrier(label, set: UInt64(set)), count: count)
  }

  func mark(
    _ pixels: [UInt8], labels: [UInt16], set: Int, _ secret: ReleaseSecret, batch: Int, threads: Int
  ) throws -> [UInt8] {
    let marking = try marking(amplitude: 1, batch: batch, threads: threads)
    var carriers: [UInt16: [Float]] = [:]
    let directions = try labels.flatMap { label in
      if let known = carriers[label] { return known }
      let drawn = try carrier(ofClass: Int(label), set: set, count: marking.featureCount, secret)
      carriers[label] = drawn
      return drawn
    }
    return marking.mark(pixels, count: labels.count, directions: directions)
  }

  /// As many images at once as each thread has memory for; it decides no result.
  private func marking(amplitude: Int, batch: Int, threads: Int) throws -> FeatureMarking {
    let input = network.definition.input
    let most = threads * max(1, ScaledPlan.usualLimit / (input.height * input.width))
    return try FeatureMarking(
      network, description.marking, epsilon: min(255, description.epsilon * amplitude), batch: min(batch, most),
      threads: threads)
  }

  /// A direction, every one as likely as any other: normal numbers, scaled to norm 1.
  static func carrier(_ state: String, count: Int) throws -> [Float] {
    var stream = try RandomStream(state: state)
    let normal = (0..<count).map { _ in Double(stream.normal()) }
    let norm = normal.reduce(0) { $0 + $1 * $1 }.squareRoot()
    return normal.map { Float($0 / norm) }
  }
}

/// Carriers of one release on samples, and on questions.
private final class RadioactiveMarker: SampleMarker {
  private let marking: FeatureMarking
  private let network: Model
  private let secret: ReleaseSecret
  private let assigned: [Int]
  private var carriers: [Int: [Float]] = [:]
  /// Questions that were painted: a trial asks every model the same ones, and painting takes longer than asking.
  private var painted: [Int: (clean: [UInt8], marked: [UInt8])] = [:]
  private var paintedBytes = 0

  private static let mostPainted = 256 << 20
  /// The set of carriers that belong to no class.
  private static let decoySet = UInt64.max

  init(marking: FeatureMarking, network: Model, secret: ReleaseSecret, assigned: [Int]) {
    (self.marking, self.network, self.secret, self.assigned) = (marking, network, secret, assigned)
  }

  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8] {
    guard batch.shapes.allSatisfy({ $0 == network.definition.input }) else {
      preconditionFailure("archives with images of other sizes are refused")
    }
    return marking.mark(
      pixels, count: batch.count, directions: batch.labels.flatMap { direction(Int($0), set: 0) })
  }

  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    if let known = painted[number], known.clean == pixels { return known.marked }
    let direction =
      assigned.indices.contains(number)
      ? direction(assigned[number], set: 0) : direction(number, set: Self.decoySet)
    let marked = marking.mark(
      pixels, count: samples.count, directions: samples.flatMap { _ in direction })
    if painted[number] == nil, paintedBytes + 2 * pixels.count <= Self.mostPainted {
      paintedBytes += 2 * pixels.count
      painted[number] = (pixels, marked)
    }
    return marked
  }

  private func direction(_ index: Int, set: UInt64) -> [Float] {
    let place = set == 0 ? index : -1 - index
    if let known = carriers[place] { return known }
    do {
      let drawn = try RadioactiveWatermark.carrier(
        secret.featureCarrier(index, set: set), count: marking.featureCount)
      carriers[place] = drawn
      return drawn
    } catch {
      preconditionFailure("a hash is the state of a stream: \(error)")
    }
  }
}
