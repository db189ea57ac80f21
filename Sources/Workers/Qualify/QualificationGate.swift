import Evidence
import Jobs
import Watermarks

/// What a release must show before it goes out: every model that was trained on it from scratch is found out, hardly any
/// innocent one is, and nobody's accuracy suffers.
///
/// With keyed marks the verdict of an audit decides who is found out. The paper's marks have no keys, so no verdict can
/// convict anyone; there it is the paper's own t-test, which is what its users would go by.
struct QualificationGate {
  private let settings: QualificationSettings
  private let isKeyed: Bool

  /// - Parameter objective: of the release's generator.
  init(_ settings: QualificationSettings, objective: String) {
    self.settings = settings
    isKeyed = objective == MethodSettings.Objective.keyed.rawValue
  }

  /// Kinds of models without which nothing can be said. The paper's marks of another owner would take another generator,
  /// which nobody has trained.
  var needed: [QualificationRow.Scenario] {
    QualificationRow.Scenario.allCases.filter { isKeyed || $0 != .independentWatermark }
  }

  /// - Returns: the outcome, and why the release is held or nothing can be said; no reasons when it passed.
  func judge(_ rows: [QualificationRow]) -> (QualifyResult.Outcome, [String]) {
    let missing = needed.filter { scenario in !rows.contains { $0.scenario == scenario } }
    guard missing.isEmpty else {
      return (.inconclusive, ["no model of \(missing.map(\.rawValue).joined(separator: ", "))"])
    }
    let blind = rows.compactMap { row in obstacle(of: row).map { (row, $0) } }
    if let (row, reason) = blind.first {
      let model = "\(row.model.architecture):\(row.model.width), seed \(row.model.seed), \(row.scenario.rawValue)"
      let others = blind.count == 1 ? "" : ", and \(blind.count - 1) more models"
      return (.inconclusive, ["\(model): \(reason)\(others)"])
    }
    let reasons =
      innocence(rows.filter { $0.scenario != .malicious }) + power(rows.filter { $0.scenario == .malicious })
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
      default: nil
      }
    }.first
  }

  /// Whether the model counts as trained on the release.
  func isFoundOut(_ row: QualificationRow) -> Bool {
    isKeyed ? row.verdict.outcome == .trainedOn : row.figures.pT.map { $0 <= settings.policy.alpha } ?? false
  }

  private func innocence(_ innocent: [QualificationRow]) -> [String] {
    let accused = innocent.count(where: isFoundOut)
    guard Double(accused) > settings.largestInnocentRate * Double(innocent.count) else { return [] }
    return ["\(accused) of \(innocent.count) innocent models are accused"]
  }

  /// A user who trains from scratch has to be found out, every one. What a few epochs of fine-tuning teach a model that
  /// knows the clean images depends on the carriers that were drawn; there a share is asked for.
  private func power(_ users: [QualificationRow]) -> [String] {
    let scratch = users.filter { !$0.model.isFineTuned }
    let fineTuned = users.filter(\.model.isFineTuned)
    var reasons: [String] = []
    let missed = scratch.count { !isFoundOut($0) }
    if missed > 0 { reasons.append("\(missed) of \(scratch.count) models trained on the release are not convicted") }
    let found = fineTuned.count(where: isFoundOut)
    if Double(found) < settings.leastFineTuned * Double(fineTuned.count) {
      reasons.append("\(found) of \(fineTuned.count) models fine-tuned on the release are convicted")
    }
    let drop = users.compactMap(\.baDrop).max() ?? 0
    if drop > settings.largestDrop { reasons.append("accuracy drops by up to \(Self.points(drop)) points") }
    let success = scratch.map(\.wsr).min() ?? 0
    if success < settings.leastSuccess {
      reasons.append("WSR is down to \(Self.points(success)) % on the release's models")
    }
    let gain = scratch.compactMap(\.figures.deltaP).min() ?? 0
    if gain < settings.leastGain { reasons.append("ΔP is down to \(Self.points(gain)) points on the release's models") }
    return reasons
  }

  private static func points(_ share: Double) -> Double { (share * 1000).rounded() / 10 }
}
