package import Evidence
import Foundation
package import Jobs

/// What a model's weights say of a release: the `--json` output of `verify-weights` (docs/formats, "Weights").
package struct WeightReport: Codable, Sendable, Equatable {
  static let currentFormat = "dandyroll-weights/1"

  package struct Row: Codable, Sendable, Equatable {
    package var name: String
    /// c, of the class's weights in the marker's features and its carrier.
    package var cosine: Double
    /// The published p-value's.
    package var log10P: Double

    private enum CodingKeys: String, CodingKey {
      case name, cosine
      case log10P = "log10_p"
    }
  }

  var format = Self.currentFormat
  package var release: String
  package var model: Learner
  package var align: WeightVerification.Alignment
  /// Images that features were aligned by, and the number of features of the marker network and of the model.
  package var images: Int
  package var markerFeatures: Int
  package var features: Int
  package var classes: [Row]
  /// Of all classes, by Fisher's method: what the papers report. It is no verdict.
  package var log10P: Double
  /// The rank of the release's carriers among decoys that went the same way, and its exact p-value.
  package var decoys: Int
  package var above: Int
  package var equal: Int
  package var p: Double
  package var alpha: Double
  package var outcome: Verdict.Outcome

  private enum CodingKeys: String, CodingKey {
    case format, release, model, align, images, features, classes, decoys, above, equal, p, alpha, outcome
    case markerFeatures = "marker_features"
    case log10P = "log10_p"
  }

  init(
    release: String, model: Learner, settings: WeightVerification.Settings, images: Int, markerFeatures: Int,
    features: Int, names: [String], alignment: CarrierAlignment, rank: ExchangeableRank
  ) {
    (self.release, self.model, align, self.images) = (release, model, settings.align, images)
    (self.markerFeatures, self.features) = (markerFeatures, features)
    classes = names.indices.map {
      Row(name: names[$0], cosine: alignment.cosines[$0], log10P: Self.log10(alignment.p[$0]))
    }
    log10P = Self.log10(alignment.combined)
    (decoys, above, equal, p) = (rank.others, rank.above, rank.equal, rank.p.value)
    alpha = settings.alpha
    outcome = rank.isAtMost(alpha) ? .trainedOn : rank.leastP > alpha ? .inconclusive : .notShown
  }

  /// JSON has no word for infinity.
  private static func log10(_ p: PValue) -> Double { max(-1e300, p.ln / M_LN10) }
}

extension WeightReport {
  /// For a terminal.
  package var lines: [String] {
    func number(_ value: Double, _ format: String) -> String { String(format: format, value) }
    let rows = classes.map { ["\($0.name)", number($0.cosine, "%+.4f"), number($0.log10P, "%.3f")] }
    let best = decoys == 1 ? "1 decoy" : "\(decoys) decoys"
    return [
      "release  \(release)", "model    \(model), \(features) features aligned with \(markerFeatures)",
      "aligned  by \(images) \(align == .test ? "held-out images" : "marked images")",
    ] + TextTable([["class", "cosine", "log10 p"]] + rows).lines + [
      "log10 p  \(number(log10P, "%.3f")) of all classes, as published: no verdict",
      "p        \(number(p, "%.3g")) (rank \(1 + above + equal) among \(best)), at most \(number(alpha, "%.3g")) convicts",
      "verdict  \(outcome.rawValue)"
        + (outcome == .inconclusive ? ": too few decoys for any p of at most \(number(alpha, "%.3g"))" : ""),
    ]
  }
}
