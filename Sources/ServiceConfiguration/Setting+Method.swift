import Jobs

extension Setting where Root == DatasetSettings {
  /// "0.5", "50%", "50% of class", "10% of dataset".
  static func rate(_ key: String, _ field: any Field<MarkingRate>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      let rate: MarkingRate? =
        switch value {
        case .string(let text): MarkingRate(text)
        case .real(let share): MarkingRate(share: share, unit: .candidates)
        case .integer(let share): MarkingRate(share: Double(share), unit: .candidates)
        default: nil
        }
      guard let rate else {
        throw BrokenRule(
          "\(value.kind) is not a rate above 0 and at most 1, such as 0.5, \"50%\" or \"10% of dataset\"")
      }
      root[keyPath: field] = rate
    } text: {
      TOMLText.string("\($0[keyPath: field])")
    }
  }

  /// The name of one of these methods.
  static func method(_ key: String, _ field: any Field<MethodName>, among names: [MethodName]) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value, names.contains(MethodName(rawValue: text)) else {
        throw BrokenRule("\(value.kind) is none of \(names.map { "\"\($0)\"" }.joined(separator: ", "))")
      }
      root[keyPath: field] = MethodName(rawValue: text)
    } text: {
      TOMLText.string($0[keyPath: field].rawValue)
    }
  }

  /// What a method has of its own.
  static func own(_ setting: MethodSetting) -> Self {
    Setting(key: setting.key) { value, root throws(BrokenRule) in
      let given: SettingValue? =
        switch value {
        case .string(let text): .text(text)
        case .real(let number): .real(number)
        case .integer(let number): .integer(number)
        default: nil
        }
      guard let given else { throw BrokenRule("\(value.kind) is neither a number nor a string") }
      if let problem = setting.problem(with: given) { throw BrokenRule(problem) }
      root.method.own = (root.method.own ?? [:]).merging([setting.key: given]) { $1 }
    } text: {
      ($0.method.own?[setting.key] ?? setting.standard).toml
    }
  }

  /// "8/255".
  static func epsilon(_ key: String, _ field: any Field<Int>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value, text.hasSuffix("/255"), let steps = Int(text.dropLast(4)),
        (1...64).contains(steps)
      else { throw BrokenRule("\(value.kind) is not a budget within \"1/255\" … \"64/255\"") }
      root[keyPath: field] = steps
    } text: {
      TOMLText.string("\($0[keyPath: field])/255")
    }
  }

  /// A whole number, or "random".
  static func seed(_ key: String, _ field: any Field<UInt64?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      switch value {
      case .string("random"): root[keyPath: field] = nil
      case .integer(let number) where number >= 0: root[keyPath: field] = UInt64(number)
      default: throw BrokenRule("\(value.kind) is neither \"random\" nor a whole number within 0 … \(Int64.max)")
      }
    } text: {
      $0[keyPath: field].map { "\($0)" } ?? TOMLText.string("random")
    }
  }

  /// 1 … 100, or 0 for no JPEG files.
  static func jpegQuality(_ key: String, _ field: any Field<Int?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .integer(let quality) = value, (0...100).contains(quality) else {
        throw BrokenRule("\(value.kind) is not a JPEG quality within 1 … 100, or 0 for PNG files")
      }
      root[keyPath: field] = quality == 0 ? nil : quality
    } text: {
      "\($0[keyPath: field] ?? 0)"
    }
  }

  /// Two paths, trunk and heads, or an empty array for none.
  static func lpips(_ key: String, _ field: any Field<LPIPSFiles?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      let rule = BrokenRule("\(value.kind) is not [] or two absolute paths, those of LPIPS' trunk and heads")
      guard case .array(let elements) = value else { throw rule }
      let paths = elements.compactMap { element in
        if case .string(let path) = element, path.hasPrefix("/") { path } else { nil as String? }
      }
      guard paths.count == elements.count, paths.isEmpty || paths.count == 2 else { throw rule }
      root[keyPath: field] = paths.isEmpty ? nil : LPIPSFiles(trunk: paths[0], heads: paths[1])
    } text: {
      let files = $0[keyPath: field]
      return "[\([files?.trunk, files?.heads].compactMap { $0 }.map(TOMLText.string).joined(separator: ", "))]"
    }
  }

  /// At least one "ARCHITECTURE:WIDTH"; which architectures there are is for the worker to say.
  static func learners(_ key: String, _ field: any Field<[Learner]>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      let rule = BrokenRule("\(value.kind) is not a list such as [\"resnet18:8\", \"cnn:32\"]")
      guard case .array(let elements) = value, !elements.isEmpty else { throw rule }
      let learners = elements.compactMap { element in
        if case .string(let text) = element { Learner(text) } else { nil as Learner? }
      }
      guard learners.count == elements.count else { throw rule }
      if let unknown = learners.first(where: { !Learner.isKnown($0.architecture) }) {
        throw BrokenRule("\(unknown.architecture) is none of \(Learner.names)")
      }
      root[keyPath: field] = learners
    } text: {
      "[\($0[keyPath: field].map { TOMLText.string("\($0)") }.joined(separator: ", "))]"
    }
  }

  /// Levels of the U-Net must keep whole SIMD blocks of 8 channels.
  static func channels(_ key: String, _ field: any Field<Int>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .integer(let number) = value, (8...256).contains(number), number % 8 == 0 else {
        throw BrokenRule("\(value.kind) is not a multiple of 8 within 8 … 256")
      }
      root[keyPath: field] = number
    } text: {
      "\($0[keyPath: field])"
    }
  }
}

extension MethodSettings {
  /// What is said for other methods than the one that is chosen is not said for it.
  mutating func keepOwn(of methods: [MethodDeclaration]) {
    let keys = methods.first { $0.name == objective }?.settings.map(\.key) ?? []
    let kept = own?.filter { keys.contains($0.key) }
    own = kept?.isEmpty == false ? kept : nil
  }

  /// As TOML: what a method has of its own, where something is said.
  var ownText: [String] {
    (own ?? [:]).sorted { $0.key < $1.key }.map { "\($0) = \($1.toml)" }
  }
}

extension SettingValue {
  fileprivate var toml: String {
    if case .text(let text) = self { TOMLText.string(text) } else { description }
  }
}
