import Datasets
import Evidence
import Foundations
import Networks

/// The marks of `keyed`: carriers from a book, as strongly as ε or a painter allows.
/// - Source: METHODS §7
struct KeyedWatermark: Watermark {
  let keyed: KeyedDescription
  let book: CarrierBook
  let target: Int
  let epsilon: Int
  /// What says how strongly each value is painted, if it was trained to.
  let network: Model

  var budget: ChangeBudget { .linf(epsilon) }

  func candidates(in survey: DatasetSurvey) -> [Int] { survey.indices(in: .train, label: target) }

  /// The hardest, if the generator ranked them in this very archive, or those that the committed coins draw.
  func plan(_ request: ReleaseRequest) -> ReleasePlan {
    let claim = Claim.targeted(at: target)
    guard let hardest = keyed.hardest, hardest.archive == request.source.description else {
      return ReleasePlan(claim: claim, drawing: request)
    }
    return ReleasePlan(
      claim: claim, samples: hardest.order(request.candidates).prefix(request.count).sorted())
  }

  func key(of claim: Claim) -> KeySpace? {
    KeySpace(size: keyed.form.carriers, carriers: book.count, amplitude: keyed.amplitude)
  }

  /// Each sample shows one of the key's carriers.
  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) throws -> any SampleMarker {
    let size = keyed.form.carriers
    return CarrierMarker(
      paint: CarrierPaint(epsilon: epsilon, amplitude: amplitude), book: book,
      order: secret.carriers(book.count, of: book.count), shape: network.definition.input,
      strengths: try CarrierMarker.strengths(
        keyed.isPainted ? network : nil, leastContrast: keyed.leastContrast, batch: batch, threads: threads),
      released: { sample, _ in secret.carrier(ofSample: sample, among: size) }, placement: secret.placement,
      twinPlacement: secret.twinPlacement)
  }
}
