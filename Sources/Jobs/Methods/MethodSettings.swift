/// Which method marks a dataset, and what is said of its settings: `settings[SharedSettings.epsilon]`.
package struct MethodSettings: Sendable, Equatable {
  /// The method's name.
  package var objective: MethodName
  /// As JSON has them (`DeclaredSetting.member`): by member, and under `own` by key. What is not here is as by default.
  private var members: [String: SettingValue] = [:]
  private var own: [String: SettingValue] = [:]

  /// Nothing is said.
  package init(objective: MethodName = .standard) { self.objective = objective }

  /// A method's, all as by default, with what stored JSON always has.
  package init(of method: MethodDeclaration) {
    self.init(objective: method.name)
    keep(method)
  }

  /// - Precondition: a value that was read is one of the setting's; `problem(under:)` has said so where it came from.
  package subscript<Value>(setting: MethodSetting<Value>) -> Value {
    get {
      do { return try setting.value(in: self) } catch {
        preconditionFailure("\(setting.key) was checked where it was read: \(error.rule)")
      }
    }
    set { self[stored: setting] = setting.form.stored(newValue) }
  }

  /// A setting's value as JSON has it.
  subscript(stored setting: any DeclaredSetting) -> SettingValue? {
    get { if let member = setting.member { members[member] } else { own[setting.key] } }
    set {
      if let member = setting.member {
        members[member] = newValue
      } else {
        own[setting.key] = newValue == setting.storedStandard ? nil : newValue
      }
    }
  }

  /// What is said for other methods is not said for this one.
  package mutating func keep(_ method: MethodDeclaration) {
    var kept = Self(objective: method.name)
    for setting in method.stored {
      kept[stored: setting] = self[stored: setting] ?? (setting.member == nil ? nil : setting.storedStandard)
    }
    self = kept
  }

  /// Checks all that is said.
  /// - Returns: what is wrong with a key, if anything is.
  package func problem(under method: MethodDeclaration) -> (key: String, rule: String)? {
    for setting in method.stored {
      if let problem = setting.problem(in: self) { return (setting.key, problem) }
    }
    let known = method.stored.map { $0.member ?? $0.key }
    return (Array(members.keys) + Array(own.keys)).sorted().first { !known.contains($0) }
      .map { ($0, "is no setting of \(method.name)") }
  }
}

extension MethodSettings: Codable {
  private struct Head: Decodable {
    var objective: MethodName?
    var own: [String: SettingValue]?
  }

  /// Members that are absent are as by default.
  package init(from decoder: any Decoder) throws {
    let head = try Head(from: decoder)
    (objective, own) = (head.objective ?? .unnamed, head.own ?? [:])
    members = try [String: SettingValue](from: decoder).filter { $0.key != "objective" && $0.key != "own" }
    // The one that is read where the methods, and with them all other rules, are not known.
    if let problem = SharedSettings.lpips.problem(in: self) {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: problem))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var all = members
    all["objective"] = .string(objective.rawValue)
    if !own.isEmpty { all["own"] = .table(own) }
    try all.encode(to: encoder)
  }
}
