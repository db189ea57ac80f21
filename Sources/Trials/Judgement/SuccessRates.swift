import Datasets
import Evidence
import Networks
import Watermarks

/// How often a mark succeeds on images of all classes that nothing was trained on.
package struct SuccessRates: Codable, Sendable, Equatable {
  /// Share of the marked images of classes that the claim concerns which bear it out: WSR, without the target's own.
  package let excluded: Double
  /// The same of all images, the target's own among them, which a model without any mark takes for the target as well: the
  /// convention of BackdoorBox. Nil for claims without a target.
  package let counted: Double?
  /// How many were shown.
  package let images: Int
}

extension KeyTrial {
  /// Shows each image under one of the key's carriers, in turn.
  func success(of plan: ClassifierPlan, on held: SampleCache) throws -> SuccessRates {
    var hits = [(concerned: Bool, isHit: Bool)]()
    for carrier in 0..<keySize {
      let own = (0..<held.count).filter { $0 % keySize == carrier }
      for start in stride(from: 0, to: own.count, by: Self.imagesAtOnce) {
        let some = own[start..<min(own.count, start + Self.imagesAtOnce)]
        let pixels = some.flatMap { held.pixels(of: $0) }
        let marked = marker.mark(pixels, samples: some.map { held.indices[$0] }, carrier: carrier)
        let column = claim.column(ofCarrier: carrier)
        let predicted = plan.predictions(plan.probabilities(marked.span, count: some.count))
        for (place, answer) in zip(some, predicted) {
          let label = Int(held.labels[place])
          hits.append((claim.concerns(label: label, in: column), claim.isHit(answer, label: label, in: column)))
        }
      }
    }
    func share(_ some: [(concerned: Bool, isHit: Bool)]) -> Double {
      Double(some.count { $0.isHit }) / Double(max(1, some.count))
    }
    return SuccessRates(
      excluded: share(hits.filter(\.concerned)), counted: claim == .untargeted ? nil : share(hits), images: hits.count)
  }

  /// Marked images that lie in memory at once; it decides no result.
  private static let imagesAtOnce = 256
}
