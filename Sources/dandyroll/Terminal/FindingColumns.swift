import Evidence
import Foundation
import Workers

/// What tables on a terminal say of one model's trial.
enum FindingColumns {
  static let heading = ["BA", "WSR", "ΔP", "decoys: mean", "largest", "p decoy", "verdict"]

  /// - Parameter verdict: what to say instead of the finding's own verdict.
  static func cells(_ finding: ModelFinding, verdict: String? = nil) -> [String] {
    let figures = finding.figures
    let shares = [finding.ba, finding.wsr, figures.deltaP, figures.decoyMean, figures.decoyLargest]
    return shares.map { share in share.map { String(format: "%6.3f", $0) } ?? "–" }
      + [figures.pDecoy.map { String(format: "%.5f", $0) } ?? "–", verdict ?? finding.verdict.outcome.rawValue]
  }
}
