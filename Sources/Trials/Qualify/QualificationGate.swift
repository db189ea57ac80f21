import Evidence
import Jobs
import Watermarks

/// What a release must show before it goes out: every model that was trained on it from scratch is found out, hardly any
/// innocent one is, and nobody's accuracy suffers.
struct QualificationGate {
  let settings: QualificationSettings

  init(_ settings: QualificationSettings) { self.settings = settings }

  /// - Returns: the outcome, and why the release is held or nothing can be said; no reasons when it passed.
  func judge(_ rows: [QualificationRow]) -> (QualifyResult.Outcome, [String]) {
    let missing = QualificationRow.Scenario.allCases.filter { scenario in !rows.contains { $0.scenario == scenario } }
    guard missing.isEmpty else {
      return (.inconclusive, ["no model of \(missing.map(\.rawValue).joined(separator: ", "))"])
    }
    let blind = rows.compactMap { row in obstacle(of: row).map { (row, $0) } }
    if let (row, reason) = blind.first {
      let model = "\(row.model.architecture):\(row.model.width), seed \(row.model.seed), \(row.scenario.rawValue)"
      let others = blind.count == 1 ? "" : ", and \(blind.count - 1) more models"
      return (.inconclusive, ["\(model): \(reason)\(others)"])
    }
    // A model whose ΔP could not be measured is blind or counts as not convicted.
    let reasons = limits(rows).filter { $0.holds == false }.map(\.reason)
    return (reasons.isEmpty ? .passed : .held, reasons)
  }

  /// What keeps a model's answers from meaning anything.
  func obstacle(of row: QualificationRow) -> String? {
    row.verdict.reasons.lazy.compactMap { reason in
      switch reason.code {
      case .accuracyAtChance: "its accuracy is at chance level"
      case .constantAnswers: "it answers every image alike"
      case .tooFewAnswers: "too few images were answered"
      case .tooFewPairs: "\(row.figures.pairs) images were asked about, the policy needs \(settings.policy.leastPairs)"
      case .tooFewDecoys: "\(row.figures.decoys) decoy keys cannot convict at α = \(settings.policy.alpha)"
      case .panelTooSmall: "a panel whose least p is \(reason.value ?? 1) cannot reach \(settings.policy.panelAlpha)"
      default: nil
      }
    }.first
  }

  func outcome(of row: QualificationRow) -> Verdict.Outcome {
    row.finding.outcome(alpha: settings.policy.alpha)
  }

  func isFoundOut(_ row: QualificationRow) -> Bool {
    row.finding.isFoundOut(alpha: settings.policy.alpha)
  }
}
