import Foundation
import Foundations
package import Jobs
import ServiceFoundation
import Suspects

extension Configuration {
  /// Reads the file at `path`; relative paths in it start from its `state`, and that from the file's directory.
  ///
  /// - Parameter methods: those by which a dataset may be marked.
  /// - Throws: `ConfigurationError.invalid` with everything that is wrong.
  package static func read(
    from path: String, methods: [MethodDeclaration]
  ) throws(ConfigurationError) -> Configuration {
    try file(path) { text, directory throws(ConfigurationProblems) in
      try Configuration(text: text, directory: directory, methods: methods)
    }
  }

  /// The control socket that the file at `path` names, whatever is wrong with its other keys: a daemon that was given a
  /// bad file goes on as before, and says so to whoever asks it.
  ///
  /// - Throws: `ConfigurationError.invalid` for a file that is no TOML or gives `state` or `socket` wrongly.
  package static func socket(in path: String) throws(ConfigurationError) -> String {
    try file(path) { text, directory throws(ConfigurationProblems) in
      var reading = Reading(lines: KeyLineNumbers(text))
      var document = try SettingValue.document(text)
      var service = ServiceSettings()
      reading.table("service", of: &document, ServiceSettings.settings, into: &service)
      let needed: [String?] = ["service", "service.state", "service.socket"]
      let problems = reading.problems.filter { needed.contains($0.key) }
      if !problems.isEmpty { throw ConfigurationProblems(problems) }
      service.resolvePaths(from: directory)
      return service.socket
    }
  }

  /// Hands the file's text to `read`, with the directory that a relative `state` starts from.
  private static func file<Value>(
    _ path: String, _ read: (_ text: String, _ directory: String) throws(ConfigurationProblems) -> Value
  ) throws(ConfigurationError) -> Value {
    let text: String
    do {
      text = try String(contentsOfFile: path, encoding: .utf8)
    } catch {
      let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read as UTF-8 text" : "no such file"
      throw .invalid(file: path, problems: [ConfigurationProblem(line: nil, key: nil, rule: reason)])
    }
    let directory = URL(fileURLWithPath: path).deletingLastPathComponent().path
    do {
      return try read(text, directory)
    } catch {
      throw .invalid(file: path, problems: error.problems)
    }
  }

  /// Reads a document; `directory` is where a relative `state` starts from.
  init(text: String, directory: String, methods: [MethodDeclaration] = []) throws(ConfigurationProblems) {
    self.init()
    var reading = Reading(lines: KeyLineNumbers(text), methods: methods)
    var document = try SettingValue.document(text)

    reading.table("service", of: &document, ServiceSettings.settings, into: &service)
    reading.table("inbox", of: &document, InboxSettings.settings, into: &inbox)
    reading.table("page", of: &document, PageSettings.settings, into: &page)
    reading.table("jobs", of: &document, JobSettings.settings, into: &jobs)
    reading.table("limits", of: &document, InputLimits.settings, into: &limits)
    reading.table("defaults", of: &document, reading.datasetSettings, into: &defaults)
    reading.check(defaults, at: "defaults")
    // Each dataset takes what its own method has.
    reading.datasets(of: &document, defaults: defaults, into: &datasets)
    reading.keep(&defaults)
    reading.table("audits", of: &document, AuditSettings.all, into: &audits)
    reading.suspects(of: &document, defaults: audits.plan, into: &suspects)
    reading.table("alerts", of: &document, AlertSettings.settings, into: &alerts)
    let tables = ["service", "inbox", "page", "jobs", "limits", "defaults", "dataset", "audits", "suspect", "alerts"]
    for key in document.keys { reading.unknown(key, at: key, known: tables) }

    if jobs.retryFirst > jobs.retryLongest {
      reading.add("jobs.retry-first", "is longer than retry-longest")
    }
    service.resolvePaths(from: directory)
    for (key, rule) in service.pathProblems() { reading.add("service.\(key)", rule) }
    page.resolvePath(from: service.state)
    for (key, rule) in page.problems(beside: service) { reading.add("page.\(key)", rule) }

    // Stable, so that problems of one line keep their order.
    let sorted = reading.problems.enumerated().sorted {
      ($0.element.line ?? 0, $0.offset) < ($1.element.line ?? 0, $1.offset)
    }
    if !sorted.isEmpty { throw ConfigurationProblems(sorted.map(\.element)) }
  }
}

/// One pass over a document that keeps every problem instead of stopping at the first.
private struct Reading {
  let lines: KeyLineNumbers
  let methods: [MethodDeclaration]
  /// Every key of a dataset's table, those of methods too.
  let datasetSettings: [Setting<DatasetSettings>]
  private(set) var problems: [ConfigurationProblem] = []

  init(lines: KeyLineNumbers, methods: [MethodDeclaration] = []) {
    self.lines = lines
    self.methods = methods
    datasetSettings = DatasetSettings.settings(with: methods.settings.map(\.setting), of: methods)
  }

  mutating func add(_ path: String, _ rule: String, shown: String? = nil) {
    problems.append(ConfigurationProblem(line: lines.line(of: path), key: shown ?? path, rule: rule))
  }

  mutating func unknown(_ key: String, at path: String, shown: String? = nil, known: [String]) {
    let owners = Configuration.tables(withKey: key, datasets: datasetSettings.map(\.key))
    let near = known.map { ($0, editDistance($0, key)) }.min { $0.1 < $1.1 }
    let hint =
      owners.isEmpty
      ? near.flatMap { $0.1 <= max(2, key.count / 3) ? ", did you mean '\($0.0)'?" : nil } ?? ""
      : ", it belongs under \(owners.joined(separator: " or "))"
    add(path, "unknown key\(hint)", shown: shown)
  }

  /// Takes the table `name` out of `document` and reads its keys.
  mutating func table<Root>(
    _ name: String, of document: inout [String: SettingValue], _ settings: [Setting<Root>], into root: inout Root
  ) {
    guard let value = document.removeValue(forKey: name) else { return }
    guard case .table(let table) = value else { return add(name, "\(value.kind) is not a table") }
    keys(of: table, at: name, shown: name, settings, into: &root)
  }

  /// The tables of an array, with their paths.
  private mutating func tables(
    _ name: String, of document: inout [String: SettingValue]
  ) -> [(path: String, table: [String: SettingValue])] {
    guard let value = document.removeValue(forKey: name) else { return [] }
    guard case .array(let elements) = value else {
      add(name, "\(name)s are written as [[\(name)]], one table each")
      return []
    }
    return elements.enumerated().compactMap { index, element in
      if case .table(let table) = element { return ("\(name)[\(index)]", table) }
      add("\(name)[\(index)]", "\(element.kind) is not a table", shown: name)
      return nil
    }
  }

  private mutating func keys<Root>(
    of table: [String: SettingValue], at path: String, shown: String, _ settings: [Setting<Root>],
    needed: [String] = [], into root: inout Root
  ) {
    for setting in settings {
      guard let value = table[setting.key] else { continue }
      do { try setting.read(value, &root) } catch {
        add("\(path).\(setting.key)", error.rule, shown: "\(shown).\(setting.key)")
      }
    }
    for key in needed where table[key] == nil { add(path, "the key '\(key)' is missing", shown: shown) }
    let known = settings.map(\.key)
    for key in table.keys where !known.contains(key) {
      unknown(key, at: "\(path).\(key)", shown: "\(shown).\(key)", known: known)
    }
  }

  /// What keys must keep to together.
  mutating func check(_ settings: DatasetSettings, at path: String, shown: String? = nil) {
    let judged = settings.qualification
    // Marks without a key have no decoys.
    guard settings.qualify, let carriers = methods[settings.method.objective]?.keySize(settings.method) else { return }
    let least = judged.leastP(carriers: carriers)
    if least > judged.alpha {
      add(
        "\(path).qualify-decoys",
        "\(judged.decoys) decoys for \(carriers) carriers allow no p-value below"
          + " \(Decimals.text(least, 4)), and qualify-alpha is \(judged.alpha)",
        shown: "\(shown ?? path).qualify-decoys")
    }
  }

  /// What is said for other methods than the one that is chosen is not said for it.
  func keep(_ settings: inout DatasetSettings) {
    if let method = methods[settings.method.objective] { settings.method.keep(method) }
  }

  /// A dataset's own table says nothing for other methods than its own.
  private mutating func refuseOthers(_ keys: some Sequence<String>, of name: MethodName, at path: String) {
    guard let method = methods[name] else { return }
    for (setting, owners) in methods.settings where keys.contains(setting.key) {
      if method.stored.contains(where: { $0.key == setting.key }) { continue }
      let others = owners.map { "\"\($0)\"" }.joined(separator: ", ")
      add(
        "\(path).\(setting.key)", "is a setting of \(others), and objective is \"\(name)\"",
        shown: "dataset.\(setting.key)")
    }
  }

  mutating func datasets(
    of document: inout [String: SettingValue], defaults: DatasetSettings, into rules: inout [DatasetRule]
  ) {
    let settings = DatasetRule.settings + datasetSettings.map { $0.within(\.settings) }
    var common = defaults
    keep(&common)
    for (path, table) in tables("dataset", of: &document) {
      var rule = DatasetRule(name: "", match: "", settings: defaults)
      keys(of: table, at: path, shown: "dataset", settings, needed: DatasetRule.settings.map(\.key), into: &rule)
      refuseOthers(table.keys, of: rule.settings.method.objective, at: path)
      keep(&rule.settings)
      if rule.settings != common { check(rule.settings, at: path, shown: "dataset") }
      if let twin = rules.first(where: { !$0.name.isEmpty && $0.name == rule.name && $0.settings != rule.settings }) {
        add("\(path).name", "\"\(twin.name)\" has two rules with different settings", shown: "dataset.name")
      }
      rules.append(rule)
    }
  }
}

extension Reading {
  fileprivate mutating func suspects(
    of document: inout [String: SettingValue], defaults: AuditPlanSettings, into suspects: inout [SuspectSettings]
  ) {
    var names: Set<String> = []
    for (path, table) in tables("suspect", of: &document) {
      var suspect = SuspectSettings()
      suspect.plan = defaults
      keys(of: table, at: path, shown: "suspect", SuspectSettings.all, needed: SuspectSettings.needed, into: &suspect)
      if suspect.endpoint.kind == .rest, suspect.endpoint.rest == nil {
        add(path, "the key 'rest' is missing: it says how the endpoint is spoken to", shown: "suspect")
      }
      if !suspect.name.isEmpty, !names.insert(suspect.name).inserted {
        add("\(path).name", "\"\(suspect.name)\" is there twice", shown: "suspect.name")
      }
      suspects.append(suspect)
    }
  }
}

/// Levenshtein's distance: single-character insertions, deletions and replacements.
private func editDistance(_ first: String, _ second: String) -> Int {
  let second = Array(second)
  var row = Array(0...second.count)
  for (i, character) in first.enumerated() {
    var diagonal = row[0]
    row[0] = i + 1
    for j in second.indices {
      let replaced = diagonal + (character == second[j] ? 0 : 1)
      diagonal = row[j + 1]
      row[j + 1] = min(replaced, row[j] + 1, row[j + 1] + 1)
    }
  }
  return row[second.count]
}
