/// One setting of a method, said once: its key in the configuration and in `train --set`, what it may be, what it is unless
/// somebody says otherwise, and what it is for. Which settings a method has stands in its own folder.
package struct MethodSetting: Sendable, Equatable {
  package enum Rule: Sendable, Equatable {
    case integer(ClosedRange<Int>)
    case real(ClosedRange<Double>)
    case choice([String])
  }

  /// Lower-case words with dashes.
  package let key: String
  package let rule: Rule
  package let standard: SettingValue
  /// A sentence.
  package let help: String

  package static func integer(_ key: String, _ standard: Int, within range: ClosedRange<Int>, _ help: String) -> Self {
    Self(key: key, rule: .integer(range), standard: .integer(standard), help: help)
  }

  package static func real(
    _ key: String, _ standard: Double, within range: ClosedRange<Double>, _ help: String
  ) -> Self {
    Self(key: key, rule: .real(range), standard: .real(standard), help: help)
  }

  package static func choice(_ key: String, _ standard: String, among choices: [String], _ help: String) -> Self {
    Self(key: key, rule: .choice(choices), standard: .text(standard), help: help)
  }

  /// What the value breaks; nil if it keeps to the rule.
  package func problem(with value: SettingValue) -> String? {
    switch (rule, value) {
    case (.integer(let range), .integer(let number)):
      range.contains(number) ? nil : "\(number) is not within \(range.lowerBound) … \(range.upperBound)"
    case (.integer, _): "\(value) is not an integer"
    case (.real(let range), .real(let number)):
      range.contains(number) ? nil : "\(number) is not within \(range.lowerBound) … \(range.upperBound)"
    case (.real(let range), .integer(let number)):
      range.contains(Double(number)) ? nil : "\(number) is not within \(range.lowerBound) … \(range.upperBound)"
    case (.real, _): "\(value) is not a number"
    case (.choice(let choices), .text(let text)):
      choices.contains(text) ? nil : "\"\(text)\" is none of \(choices.map { "\"\($0)\"" }.joined(separator: ", "))"
    case (.choice(let choices), _): "\(value) is none of \(choices.map { "\"\($0)\"" }.joined(separator: ", "))"
    }
  }
}

/// A setting's value, as configurations and specs hold it.
package enum SettingValue: Sendable, Equatable {
  case integer(Int)
  case real(Double)
  case text(String)

  /// From a command line, which has no types: a number if it reads as one.
  package init(argument: String) {
    self = Int(argument).map(Self.integer) ?? Double(argument).map(Self.real) ?? .text(argument)
  }
}

extension SettingValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .integer(let number): "\(number)"
    case .real(let number): "\(number)"
    case .text(let text): "\"\(text)\""
    }
  }
}

extension SettingValue: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let number = try? container.decode(Int.self) {
      self = .integer(number)
    } else if let number = try? container.decode(Double.self) {
      self = .real(number)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .integer(let number): try container.encode(number)
    case .real(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    }
  }
}
