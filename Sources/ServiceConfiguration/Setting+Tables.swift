import Jobs

extension Setting {
  /// A table of keys of its own, usually written inline: `{ per-audit = 200, rate = 0.5 }`.
  static func table<Value>(
    _ key: String, _ field: any Field<Value>, _ settings: [Setting<Value>]
  ) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .table(let table) = value else { throw BrokenRule("\(value.kind) is not a table") }
      try settings.read(table, into: &root[keyPath: field])
    } text: { root in
      let inner = root[keyPath: field]
      return "{ \(settings.map { "\($0.key) = \($0.text(inner))" }.joined(separator: ", ")) }"
    }
  }

  /// Names for names: `{ automobile = "car" }`.
  static func names(_ key: String, _ field: any Field<[String: String]>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .table(let table) = value else { throw BrokenRule("\(value.kind) is not a table of names") }
      var names: [String: String] = [:]
      for (name, element) in table {
        guard case .string(let text) = element, !text.isEmpty else {
          throw BrokenRule("\(name): \(element.kind) is not a name")
        }
        names[name] = text
      }
      root[keyPath: field] = names
    } text: { root in
      let names = root[keyPath: field].sorted { $0.key < $1.key }
      return "{\(names.map { " \(TOMLText.string($0.key)) = \(TOMLText.string($0.value))" }.joined(separator: ",")) }"
    }
  }

  static func strings(
    _ key: String, _ field: any Field<[String]>, problem: @escaping @Sendable ([String]) -> String? = { _ in nil }
  ) -> Self {
    list(key, field) { texts throws(BrokenRule) in
      if let problem = problem(texts) { throw BrokenRule(problem) }
      return texts
    } text: {
      $0
    }
  }

  /// An array of strings that mean something.
  static func list<Value>(
    _ key: String, _ field: any Field<Value>,
    read: @escaping @Sendable ([String]) throws(BrokenRule) -> Value, text: @escaping @Sendable (Value) -> [String]
  ) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .array(let elements) = value else { throw BrokenRule("\(value.kind) is not an array of strings") }
      var texts: [String] = []
      for element in elements {
        guard case .string(let text) = element else { throw BrokenRule("\(element.kind) is not a string") }
        texts.append(text)
      }
      root[keyPath: field] = try read(texts)
    } text: {
      "[\(text($0[keyPath: field]).map(TOMLText.string).joined(separator: ", "))]"
    }
  }

  /// "1/s", "30/m", "500/h", or requests a second as a number.
  static func perSecond(_ key: String, _ field: any Field<Double>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      var rate = value.number
      if case .string(let text) = value {
        let parts = text.split(separator: "/")
        let units = ["s": 1.0, "m": 60, "h": 3600]
        rate = parts.count == 2 ? Double(parts[0]).flatMap { count in units[String(parts[1])].map { count / $0 } } : nil
      }
      guard let rate, rate > 0, rate <= 10_000 else {
        throw BrokenRule("\(value.kind) is not a rate such as \"1/s\", \"30/m\" or \"500/h\"")
      }
      root[keyPath: field] = rate
    } text: {
      "\($0[keyPath: field])"
    }
  }
}

extension Array {
  /// Reads a table of these keys and no others.
  func read<Root>(_ table: [String: SettingValue], into root: inout Root) throws(BrokenRule)
  where Element == Setting<Root> {
    for (name, element) in table.sorted(by: { $0.key < $1.key }) {
      guard let setting = first(where: { $0.key == name }) else {
        throw BrokenRule("unknown key '\(name)'; there are \(map(\.key).joined(separator: ", "))")
      }
      do throws(BrokenRule) { try setting.read(element, &root) } catch { throw BrokenRule("\(name): \(error.rule)") }
    }
  }
}
