import Jobs
import ServiceFoundation

/// One key of a table: how its value is read into `Root`, and how `Root` shows it as TOML.
struct Setting<Root>: Sendable {
  let key: String
  let read: @Sendable (ConfigurationValue, inout Root) throws(BrokenRule) -> Void
  let text: @Sendable (Root) -> String
}

/// What a value does not keep to, for example `"0s" is not within 100ms … 1h`.
struct BrokenRule: Error {
  var rule: String

  init(_ rule: String) {
    self.rule = rule
  }
}

extension Setting {
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

  static func integer(_ key: String, _ field: any Field<Int>, _ range: ClosedRange<Int>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .integer(let number) = value else { throw BrokenRule("\(value.kind) is not an integer") }
      guard range.contains(number) else {
        throw BrokenRule("\(number) is not within \(range.lowerBound) … \(range.upperBound)")
      }
      root[keyPath: field] = number
    } text: {
      "\($0[keyPath: field])"
    }
  }

  /// A number; a whole one may be written without a point.
  static func real(
    _ key: String, _ field: any Field<Double>, _ range: ClosedRange<Double>, above floor: Double? = nil
  ) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      let number: Double
      switch value {
      case .real(let real): number = real
      case .integer(let integer): number = Double(integer)
      default: throw BrokenRule("\(value.kind) is not a number")
      }
      guard range.contains(number), floor.map({ number > $0 }) ?? true else {
        let start = floor.map { "above \($0) and at most" } ?? "within \(range.lowerBound) …"
        throw BrokenRule("\(number) is not \(start) \(range.upperBound)")
      }
      root[keyPath: field] = number
    } text: {
      "\($0[keyPath: field])"
    }
  }

  static func flag(_ key: String, _ field: any Field<Bool>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .boolean(let flag) = value else { throw BrokenRule("\(value.kind) is neither true nor false") }
      root[keyPath: field] = flag
    } text: {
      "\($0[keyPath: field])"
    }
  }

  static func choice<Choice: RawRepresentable<String> & CaseIterable & SendableMetatype>(
    _ key: String, _ field: any Field<Choice>
  ) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
        let choices = Choice.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
        throw BrokenRule("\(value.kind) is none of \(choices)")
      }
      root[keyPath: field] = choice
    } text: {
      TOMLText.string($0[keyPath: field].rawValue)
    }
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

/// TOML's own notation.
enum TOMLText {
  /// A basic string.
  static func string(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": quoted += "\\\""
      case "\\": quoted += "\\\\"
      case "\n": quoted += "\\n"
      case "\t": quoted += "\\t"
      case _ where scalar.value < 32 || scalar.value == 127:
        let hex = String(scalar.value, radix: 16, uppercase: true)
        quoted += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: quoted.unicodeScalars.append(scalar)
      }
    }
    return quoted + "\""
  }
}
