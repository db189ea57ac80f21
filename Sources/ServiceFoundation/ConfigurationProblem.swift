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
