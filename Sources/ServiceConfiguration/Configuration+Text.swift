import Foundations
package import Jobs

extension Configuration {
  /// The effective values as a TOML document that reads back as the same configuration.
  package func text(with methods: [MethodDeclaration]) -> String {
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
    func settings(of dataset: DatasetSettings) -> [Setting<DatasetSettings>] {
      DatasetSettings.settings(with: methods[dataset.method.objective]?.stored ?? [], of: methods)
    }
    table("[defaults]", settings(of: defaults), defaults)
    for rule in datasets {
      table("[[dataset]]", DatasetRule.settings + settings(of: rule.settings).map { $0.within(\.settings) }, rule)
    }
    table("[audits]", AuditSettings.all, audits)
    for suspect in suspects { table("[[suspect]]", SuspectSettings.all, suspect) }
    table("[alerts]", AlertSettings.settings, alerts)
    return lines.joined(separator: "\n") + "\n"
  }
}

extension Configuration {
  /// Headers of the tables that know a key, for whoever wrote it under another one or under none.
  /// - Parameter datasets: keys of a dataset's table, those of methods too.
  static func tables(withKey key: String, datasets: [String]) -> [String] {
    let keys = [
      ("[service]", ServiceSettings.settings.map(\.key)), ("[inbox]", InboxSettings.settings.map(\.key)),
      ("[page]", PageSettings.settings.map(\.key)), ("[jobs]", JobSettings.settings.map(\.key)),
      ("[limits]", InputLimits.settings.map(\.key)), ("[defaults]", datasets),
      ("[[dataset]]", DatasetRule.settings.map(\.key) + datasets),
      ("[audits]", AuditSettings.all.map(\.key)), ("[[suspect]]", SuspectSettings.all.map(\.key)),
      ("[alerts]", AlertSettings.settings.map(\.key)),
    ]
    return keys.filter { $0.1.contains(key) }.map(\.0)
  }
}
