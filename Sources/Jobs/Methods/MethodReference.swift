/// What there is to say of methods and their settings, as their declarations have it.
package struct MethodReference {
  private let methods: [MethodDeclaration]

  package init(_ methods: [MethodDeclaration]) { self.methods = methods }

  /// For a terminal: each method, and its settings as a configuration writes them, with their defaults.
  package var text: String {
    methods.map { method in
      let settings = method.settings.map { setting in
        "  \(setting.key) = \(setting.text(in: MethodSettings()))\n      \(setting.help) \(Self.sentence(setting.rule))"
      }
      let usual = "  marks \(method.rate) unless `rate` says otherwise"
      return (["objective = \"\(method.name)\": \(method.summary)", usual] + settings).joined(separator: "\n")
    }.joined(separator: "\n\n")
  }

  /// The table of docs/formats: a row a setting.
  package var markdown: String {
    let heading = ["| key | of | default | may be | in JSON | |", "|---|---|---|---|---|---|"]
    let rows = methods.settings.map { setting, owners in
      let member = setting.member ?? "own.\(setting.key)"
      let standards = methods.standards(of: setting.key)
      let cells = [
        "`\(setting.key)`", Self.list(owners),
        standards.map { "`\($0.text)`" + (standards.count > 1 ? " (\(Self.list($0.methods)))" : "") }
          .joined(separator: ", "),
        setting.rule, "`\(member)`", setting.help,
      ]
      return "| \(cells.joined(separator: " | ")) |"
    }
    return (heading + rows).joined(separator: "\n")
  }

  private static func list(_ methods: [MethodName]) -> String {
    methods.map(\.rawValue).joined(separator: ", ")
  }

  private static func sentence(_ rule: String) -> String { rule.prefix(1).uppercased() + rule.dropFirst() + "." }
}
