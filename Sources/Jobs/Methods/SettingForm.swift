/// What the value of a setting may be, and its notations: the one of configurations, and that of stored JSON where it is
/// another.
package struct SettingForm<Value: Sendable>: Sendable {
  /// In words, for help and documents.
  package let rule: String
  package let write: @Sendable (Value) -> SettingValue
  package let read: @Sendable (SettingValue) throws(BrokenRule) -> Value
  /// As JSON has the value; nil where it has no member for it.
  let stored: @Sendable (Value) -> SettingValue?
  let restore: @Sendable (SettingValue) throws(BrokenRule) -> Value

  init(
    _ rule: String, write: @escaping @Sendable (Value) -> SettingValue,
    stored: (@Sendable (Value) -> SettingValue?)? = nil,
    restore: (@Sendable (SettingValue) throws(BrokenRule) -> Value)? = nil,
    read: @escaping @Sendable (SettingValue) throws(BrokenRule) -> Value
  ) {
    (self.rule, self.write, self.read) = (rule, write, read)
    self.stored = stored ?? { write($0) }
    self.restore = restore ?? read
  }
}

extension SettingForm<Int> {
  package static func integer(_ range: ClosedRange<Int>, multipleOf divisor: Int = 1) -> Self {
    let ends = "\(range.lowerBound) … \(range.upperBound)"
    let rule = divisor == 1 ? ends : "a multiple of \(divisor) within \(ends)"
    return Self(rule, write: { .integer($0) }) { value throws(BrokenRule) in
      guard case .integer(let number) = value else { throw BrokenRule("\(value.kind) is not an integer") }
      guard range.contains(number) else { throw BrokenRule("\(number) is not within \(ends)") }
      guard number % divisor == 0 else { throw BrokenRule("\(value.kind) is not \(rule)") }
      return number
    }
  }

  /// In 1/255: written "8/255", stored as 8.
  package static func budget(_ range: ClosedRange<Int>) -> Self {
    let ends = "\"\(range.lowerBound)/255\" … \"\(range.upperBound)/255\""
    return Self(
      ends, write: { .string("\($0)/255") }, stored: { .integer($0) }, restore: integer(range).read
    ) { value throws(BrokenRule) in
      guard case .string(let text) = value, text.hasSuffix("/255"), let steps = Int(text.dropLast(4)),
        range.contains(steps)
      else { throw BrokenRule("\(value.kind) is not a budget within \(ends)") }
      return steps
    }
  }
}

extension SettingForm<Double> {
  /// A whole number may be written without a point, as JSON writes it.
  package static func real(_ range: ClosedRange<Double>, above floor: Double? = nil) -> Self {
    let rule = (floor.map { "above \($0) and at most" } ?? "\(range.lowerBound) …") + " \(range.upperBound)"
    return Self(rule, write: { .real($0) }, stored: { Int(exactly: $0).map(SettingValue.integer) ?? .real($0) }) {
      value throws(BrokenRule) in
      guard let number = value.number else { throw BrokenRule("\(value.kind) is not a number") }
      guard range.contains(number), number > floor ?? -.infinity else {
        throw BrokenRule("\(number) is not \(floor == nil ? "within " : "")\(rule)")
      }
      return number
    }
  }
}

extension SettingForm<Bool> {
  /// Yes or no.
  package static var flag: Self {
    Self("true or false", write: { .boolean($0) }) { value throws(BrokenRule) in
      guard case .boolean(let flag) = value else { throw BrokenRule("\(value.kind) is neither true nor false") }
      return flag
    }
  }
}

extension SettingForm<String> {
  /// The name of a classifier's architecture.
  package static var architecture: Self {
    Self("one of \(Learner.names)", write: { .string($0) }) { value throws(BrokenRule) in
      guard case .string(let text) = value else { throw BrokenRule("\(value.kind) is not a string") }
      guard Learner.isKnown(text) else { throw BrokenRule("\"\(text)\" is none of \(Learner.names)") }
      return text
    }
  }
}

extension SettingForm where Value: RawRepresentable<String> & CaseIterable {
  /// One of a few words.
  package static var choice: Self {
    let choices = Value.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
    return Self("one of \(choices)", write: { .string($0.rawValue) }) { value throws(BrokenRule) in
      guard case .string(let text) = value, let choice = Value(rawValue: text) else {
        throw BrokenRule("\(value.kind) is none of \(choices)")
      }
      return choice
    }
  }
}

extension SettingForm<LPIPSFiles?> {
  /// Two paths, trunk and heads, or an empty array for none; JSON has an object, or none, and a command's relative paths.
  package static var lpips: Self {
    let rule = "[] or two absolute paths, those of LPIPS' trunk and heads"
    return Self(
      rule, write: { .array([$0?.trunk, $0?.heads].compactMap { $0.map(SettingValue.string) }) },
      stored: { $0.map { .table(["trunk": .string($0.trunk), "heads": .string($0.heads)]) } },
      restore: { value throws(BrokenRule) in
        guard case .table(let files) = value, case .string(let trunk) = files["trunk"],
          case .string(let heads) = files["heads"]
        else { throw BrokenRule("\(value.kind) is not the paths of LPIPS' trunk and heads") }
        return LPIPSFiles(trunk: trunk, heads: heads)
      }
    ) { value throws(BrokenRule) in
      guard let paths = value.strings, paths.isEmpty || paths.count == 2, paths.allSatisfy({ $0.hasPrefix("/") }) else {
        throw BrokenRule("\(value.kind) is not \(rule)")
      }
      return paths.isEmpty ? nil : LPIPSFiles(trunk: paths[0], heads: paths[1])
    }
  }
}
