import Jobs
import ServiceFoundation

/// One key of a table: how its value is read into `Root`, and how `Root` shows it as TOML.
struct Setting<Root>: Sendable {
  let key: String
  let read: @Sendable (SettingValue, inout Root) throws(BrokenRule) -> Void
  let text: @Sendable (Root) -> String
}

extension Setting {
  /// The key of a part, as one of the whole.
  func within<Whole>(_ part: any WritableKeyPath<Whole, Root> & Sendable) -> Setting<Whole> {
    Setting<Whole>(key: key) { value, whole throws(BrokenRule) in
      try read(value, &whole[keyPath: part])
    } text: {
      text($0[keyPath: part])
    }
  }

  typealias Field<Value> = WritableKeyPath<Root, Value> & Sendable

  /// Any string for which `problem` finds nothing to say.
  static func string(
    _ key: String, _ field: any Field<String>, problem: @escaping @Sendable (String) -> String? = { _ in nil }
  ) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value else { throw BrokenRule("\(value.kind) is not a string") }
      if let problem = problem(text) { throw BrokenRule("\"\(text)\" \(problem)") }
      root[keyPath: field] = text
    } text: {
      TOMLText.string($0[keyPath: field])
    }
  }

  /// A path; relative ones are resolved once the whole table is known.
  static func path(_ key: String, _ field: any Field<String>) -> Self {
    string(key, field) { text in
      if text.isEmpty { return "is not a path" }
      if text.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) { return "has control characters" }
      return nil
    }
  }

  static func of<Value>(_ key: String, _ field: any Field<Value>, _ form: SettingForm<Value>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      root[keyPath: field] = try form.read(value)
    } text: {
      form.write($0[keyPath: field]).description
    }
  }

  static func integer(_ key: String, _ field: any Field<Int>, _ range: ClosedRange<Int>) -> Self {
    of(key, field, .integer(range))
  }

  static func real(_ key: String, _ field: any Field<Double>, _ range: ClosedRange<Double>) -> Self {
    of(key, field, .real(range))
  }

  static func flag(_ key: String, _ field: any Field<Bool>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .boolean(let flag) = value else { throw BrokenRule("\(value.kind) is neither true nor false") }
      root[keyPath: field] = flag
    } text: {
      "\($0[keyPath: field])"
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & Sendable>(
    _ key: String, _ field: any Field<Choice>
  ) -> Self {
    of(key, field, .choice)
  }

  static func duration(_ key: String, _ field: any Field<Duration>, _ range: ClosedRange<Duration>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value, let duration = DurationText.parse(text) else {
        throw BrokenRule("\(value.kind) is not a duration such as \"500ms\", \"5s\", \"2m\" or \"1h\"")
      }
      guard range.contains(duration) else {
        let ends = [range.lowerBound, range.upperBound].map(DurationText.text).joined(separator: " … ")
        throw BrokenRule("\"\(text)\" is not within \(ends)")
      }
      root[keyPath: field] = duration
    } text: {
      TOMLText.string(DurationText.text($0[keyPath: field]))
    }
  }

  /// Bytes.
  static func size(_ key: String, _ field: any Field<Int>, _ range: ClosedRange<Int>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value, let bytes = SizeText.parse(text) else {
        throw BrokenRule("\(value.kind) is not a size such as \"300MB\" or \"2GiB\"")
      }
      guard range.contains(bytes) else {
        let ends = [range.lowerBound, range.upperBound].map(SizeText.text).joined(separator: " … ")
        throw BrokenRule("\"\(text)\" is not within \(ends)")
      }
      root[keyPath: field] = bytes
    } text: {
      TOMLText.string(SizeText.text($0[keyPath: field]))
    }
  }
}
