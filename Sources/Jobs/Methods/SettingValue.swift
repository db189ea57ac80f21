/// A value as configurations and specs hold it, free of what read it.
package enum SettingValue: Sendable, Equatable {
  case string(String)
  case integer(Int)
  case real(Double)
  case boolean(Bool)
  /// Dates and times, which no key takes.
  case moment
  case array([SettingValue])
  case table([String: SettingValue])

  /// From a command line, which has no types: a number if it reads as one, true or false.
  package init(argument: String) {
    self =
      Int(argument).map(Self.integer) ?? Double(argument).map(Self.real) ?? Bool(argument).map(Self.boolean)
      ?? .string(argument)
  }

  /// With a point or without.
  package var number: Double? {
    switch self {
    case .real(let number): number
    case .integer(let number): Double(number)
    default: nil
    }
  }

  /// Of an array of nothing else.
  package var strings: [String]? {
    guard case .array(let elements) = self else { return nil }
    let strings = elements.compactMap { if case .string(let text) = $0 { text } else { nil as String? } }
    return strings.count == elements.count ? strings : nil
  }

  /// What an error message calls it.
  package var kind: String {
    switch self {
    case .string(let text): "the string \"\(text)\""
    case .integer(let number): "the integer \(number)"
    case .real(let number): "the number \(number)"
    case .boolean(let flag): "\(flag)"
    case .moment: "a date or time"
    case .array: "an array"
    case .table: "a table"
    }
  }
}

/// What a value does not keep to, for example `"0s" is not within 100ms … 1h`.
package struct BrokenRule: Error {
  package var rule: String

  package init(_ rule: String) {
    self.rule = rule
  }
}

extension SettingValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .boolean(flag)
    } else if let number = try? container.decode(Int.self) {
      self = .integer(number)
    } else if let number = try? container.decode(Double.self) {
      self = .real(number)
    } else if let text = try? container.decode(String.self) {
      self = .string(text)
    } else if let elements = try? container.decode([SettingValue].self) {
      self = .array(elements)
    } else {
      self = .table(try container.decode([String: SettingValue].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .string(let text): try container.encode(text)
    case .integer(let number): try container.encode(number)
    case .real(let number): try container.encode(number)
    case .boolean(let flag): try container.encode(flag)
    case .moment: preconditionFailure("no key takes a date or time, so none is stored")
    case .array(let elements): try container.encode(elements)
    case .table(let members): try container.encode(members)
    }
  }
}

extension SettingValue: CustomStringConvertible {
  /// In TOML's notation.
  package var description: String {
    switch self {
    case .string(let text): TOMLText.string(text)
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .boolean(let flag): "\(flag)"
    case .moment: kind
    case .array(let elements): "[\(elements.map(\.description).joined(separator: ", "))]"
    case .table(let members):
      "{ \(members.sorted { $0.key < $1.key }.map { "\($0) = \($1)" }.joined(separator: ", ")) }"
    }
  }
}

/// TOML's own notation.
package enum TOMLText {
  /// A basic string.
  package static func string(_ text: String) -> String {
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
