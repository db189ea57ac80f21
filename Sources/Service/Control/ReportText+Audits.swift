import Evidence
import Foundation
import Foundations
import Jobs
import ServiceFoundation

extension ReportText {
  /// `dandyroll audits`, at `now` in seconds since 1970.
  package static func audits(_ report: AuditsReport, now: Int) -> String {
    if report.suspects.isEmpty { return "no suspects in the configuration" }
    return report.suspects.map { suspect in
      var lines = ["\(suspect.name)  \(suspect.isConvicted ? "trained-on" : suspect.outcome ?? "not audited yet")"]
      if let dataset = suspect.dataset, let url = suspect.url {
        lines.append("  \(dataset) at \(url)")
      } else {
        lines.append("  no longer in the configuration")
      }
      if let obstacle = suspect.obstacle { lines.append("  cannot be audited: \(obstacle)") }
      if let next = suspect.next, let schedule = suspect.schedule, let zone = suspect.timeZone {
        lines.append("  next in \(duration(next - now)) (\(schedule), \(zone))")
      }
      guard !suspect.audits.isEmpty else { return lines.map(\.printable).joined(separator: "\n") }
      let heads = ["  JOB", "RELEASE", "WHEN", "OUTCOME", "ASKED", "SERIES", "ΔP", "P", "LEVEL", "PANEL", ""]
      lines += TextTable([heads] + suspect.audits.map { row($0, now: now) }).lines
      return lines.map(\.printable).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// In `dandyroll status`.
  static func suspects(_ report: SuspectsReport) -> [String] {
    let order = ["not-shown", "inconclusive", "not-audited"]
    let counts = order.compactMap { word in report.outcomes[word].map { "\($0) \(word)" } }
    let all = ["\(report.convicted.count) trained-on"] + counts
    return ["suspects       \(report.count): \(all.joined(separator: ", "))"]
      + report.convicted.map { "  trained-on: \($0)" }
      + report.obstacles.sorted { $0.key < $1.key }.map { "  \($0.key) cannot be audited: \($0.value)" }
  }

  private static func row(_ audit: AuditReport, now: Int) -> [String] {
    let when = (audit.ended ?? audit.started).map { "\(duration(now - $0)) ago" } ?? ""
    guard let result = audit.result else {
      return ["  \(audit.job)", audit.release, when, audit.state, "", "", "", "", "", "", ""]
    }
    func number(_ value: Double?, _ decimals: Int) -> String { value.map { Decimals.text($0, decimals) } ?? "–" }
    return [
      "  \(audit.job)", audit.release, when, result.outcome, "\(result.asked)",
      "\(result.seriesAsked)/\(result.seriesQuestions)", number(result.deltaP, 3), number(result.pDecoy, 5),
      number(result.level, 5), number(result.pPanel, 3), result.remarks.joined(separator: "; "),
    ]
  }
}

extension AuditResult {
  /// What the verdict rests on, what kept the audit from asking where the verdict does not say so, and which classes it was
  /// not asked about.
  var remarks: [String] {
    let ends = ["rate-limit": Verdict.Reason.Code.rateLimited, "budget": .budgetSpent]
    let end = interruption.flatMap { ends[$0] ?? Verdict.Reason.Code(rawValue: $0) }
    let isSaid = reasons.contains { $0.code == end?.rawValue }
    return reasons.map(\.sentence) + (isSaid ? [] : [end.map { Verdict.Reason($0).sentence }].compactMap { $0 })
      + [classes?.sentence].compactMap { $0 }
  }
}

extension AuditResult.Classes {
  var sentence: String {
    let others = lacking - missing.count
    let rest = others > 0 ? " and \(others) more" : ""
    return
      ((lacking > 0 ? ["the suspect lacks \(missing.joined(separator: ", "))\(rest)"] : [])
      + merged.map { "\($0.joined(separator: ", ")) are one class to it" }
      + ["asked about \(asked) of \(asked + lacking) classes"]).joined(separator: "; ")
  }
}

extension AuditResult.Reason {
  /// In words; a code of another version stays as it is.
  var sentence: String {
    Verdict.Reason.Code(rawValue: code).map { Verdict.Reason($0, value: value, limit: limit).sentence } ?? code
  }
}
