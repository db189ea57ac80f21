import Foundations
import ServiceFoundation

/// Why there is no configuration, or nothing in it by a name.
package enum ConfigurationError: DaemonError {
  case invalid(file: String, problems: [ConfigurationProblem])
  case noSuchSuspect(String)

  /// Each problem of a configuration has a line of its own.
  package var description: String {
    if case .invalid(let file, let problems) = self {
      problems.map { $0.text(file: file).printable }.joined(separator: "\n")
    } else {
      line.printable
    }
  }

  package var line: String {
    switch self {
    case .invalid(let file, _): "\(file): not a configuration"
    case .noSuchSuspect(let name): "there is no suspect \(name) in the configuration"
    }
  }
}

/// One thing that is wrong with a configuration file.
package struct ConfigurationProblem: Sendable, Equatable {
  /// Line in the file, from 1; nil when no line says it (a file that is not there).
  package var line: Int?
  /// The key with its table, such as "jobs.memory".
  package var key: String?
  /// What is wrong and what would be right, in one line.
  package var rule: String

  package init(line: Int?, key: String?, rule: String) {
    self.line = line
    self.key = key
    self.rule = rule
  }

  /// "FILE:12: jobs.memory: …".
  package func text(file: String) -> String {
    file + (line.map { ":\($0)" } ?? "") + ": " + (key.map { "\($0): " } ?? "") + rule
  }
}
