import Foundations
import Jobs

extension Configuration {
  /// The effective values as a TOML document that reads back as the same configuration.
  package var text: String {
    var lines: [String] = []
    func table<Root>(_ header: String, _ settings: [Setting<Root>], _ root: Root) {
      if !lines.isEmpty { lines.append("") }
      lines.append(header)
      lines += settings.map { "\($0.key) = \($0.text(root))" }
    }
    table("[service]", ServiceSettings.settings, service)
    table("[inbox]", InboxSettings.settings, inbox)
    table("[page]", PageSettings.settings, page)
    table("[jobs]", JobSettings.settings, jobs)
    table("[limits]", InputLimits.settings, limits)
    table("[defaults]", DatasetSettings.settings(with: []), defaults)
    lines += defaults.method.ownText
    for rule in datasets {
      table("[[dataset]]", DatasetRule.settings, rule)
      lines += DatasetSettings.settings(with: []).map { "\($0.key) = \($0.text(rule.settings))" }
      lines += rule.settings.method.ownText
    }
    table("[audits]", AuditSettings.settings, audits)
    lines += AuditPlanSettings.settings.map { "\($0.key) = \($0.text(audits.plan))" }
    for suspect in suspects {
      table("[[suspect]]", SuspectSettings.settings, suspect)
      lines += AuditPlanSettings.settings.map { "\($0.key) = \($0.text(suspect.plan))" }
    }
    table("[alerts]", AlertSettings.settings, alerts)
    return lines.joined(separator: "\n") + "\n"
  }
}
