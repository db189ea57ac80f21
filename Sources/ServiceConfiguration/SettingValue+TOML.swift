import Jobs
import ServiceFoundation
import TOMLKit

extension SettingValue {
  /// Parses a whole document; the result is a table.
  ///
  /// - Throws: `ConfigurationProblem` as an array of one, with the line of the syntax error.
  static func document(_ text: String) throws(ConfigurationProblems) -> [String: SettingValue] {
    // The parser reads up to a NUL, and what is behind it would be ignored without a word.
    if let nul = text.utf8.firstIndex(of: 0) {
      let line = 1 + text.utf8[..<nul].count { $0 == UInt8(ascii: "\n") }
      throw ConfigurationProblems([ConfigurationProblem(line: line, key: nil, rule: "a NUL byte")])
    }
    do {
      return table(try TOMLTable(string: text))
    } catch let error as TOMLParseError {
      let rule = error.description.split(whereSeparator: \.isNewline).joined(separator: " ")
      throw ConfigurationProblems([ConfigurationProblem(line: error.source.begin.line, key: nil, rule: rule)])
    } catch {
      throw ConfigurationProblems([ConfigurationProblem(line: nil, key: nil, rule: "\(error)")])
    }
  }

  private static func table(_ table: TOMLTable) -> [String: SettingValue] {
    var values: [String: SettingValue] = [:]
    for key in table.keys {
      if let value = table[key] { values[key] = SettingValue(value.tomlValue) }
    }
    return values
  }

  private init(_ value: TOMLValue) {
    if let text = value.string {
      self = .string(text)
    } else if let number = value.int {
      self = .integer(number)
    } else if let number = value.double {
      self = .real(number)
    } else if let flag = value.bool {
      self = .boolean(flag)
    } else if let array = value.array {
      self = .array(array.map { SettingValue($0.tomlValue) })
    } else if let table = value.table {
      self = .table(Self.table(table))
    } else {
      self = .moment
    }
  }
}

/// All that is wrong with one file, in the order of its lines.
struct ConfigurationProblems: Error, Equatable {
  var problems: [ConfigurationProblem]

  init(_ problems: [ConfigurationProblem]) {
    self.problems = problems
  }
}
