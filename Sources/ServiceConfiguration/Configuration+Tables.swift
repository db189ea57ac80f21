import Foundations
import Jobs

extension Configuration {
  /// Headers of the tables that know a key, for whoever wrote it under another one or under none.
  static func tables(withKey key: String) -> [String] {
    keys.filter { $0.keys.contains(key) }.map(\.header)
  }

  private static let keys: [(header: String, keys: [String])] = [
    ("[service]", ServiceSettings.settings.map(\.key)), ("[inbox]", InboxSettings.settings.map(\.key)),
    ("[page]", PageSettings.settings.map(\.key)), ("[jobs]", JobSettings.settings.map(\.key)),
    ("[limits]", InputLimits.settings.map(\.key)), ("[defaults]", DatasetSettings.settings(with: []).map(\.key)),
    ("[[dataset]]", DatasetRule.settings.map(\.key) + DatasetSettings.settings(with: []).map(\.key)),
    ("[audits]", AuditSettings.settings.map(\.key) + AuditPlanSettings.settings.map(\.key)),
    ("[[suspect]]", SuspectSettings.settings.map(\.key) + AuditPlanSettings.settings.map(\.key)),
    ("[alerts]", AlertSettings.settings.map(\.key)),
  ]
}
