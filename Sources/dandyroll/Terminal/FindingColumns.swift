import Evidence
import Foundation
import Trials

/// What tables on a terminal say of one model's trial. Columns that a kind of mark has nothing for are empty.
enum FindingColumns {
  static let heading = ["BA", "WSR", "ΔP", "decoys: mean", "largest", "p decoy", "p t-test", "verdict"]

  /// - Parameter alpha: of the t-test that decides where marks have no keys.
  static func cells(_ finding: ModelFinding, alpha: Double) -> [String] {
    let figures = finding.figures
    let outcome = finding.outcomeText(alpha: alpha)
    let tests =
      switch finding.decider {
      case .rankAmongKeys: [share(figures.decoyMean), share(figures.decoyLargest), p(figures.pDecoy), "", outcome]
      case .pairedT: ["", "", "", p(figures.pT), outcome]
      case .twins: ["", "", "", "", "\(outcome), p \(p(finding.twins?.pFlips))"]
      }
    return [finding.ba, finding.wsr, figures.deltaP].map(share) + tests
  }

  private static func share(_ value: Double?) -> String { value.map { String(format: "%6.3f", $0) } ?? "–" }

  /// p-values of a t-test go down to 1e-40.
  private static func p(_ value: Double?) -> String {
    value.map { String(format: $0 < 1e-5 ? "%.1e" : "%.5f", $0) } ?? "–"
  }
}
