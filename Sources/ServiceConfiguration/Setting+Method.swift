import Jobs

extension Setting where Root == DatasetSettings {
  /// "0.5", "50%", "50% of class", "10% of dataset", or "usual" for the method's.
  static func rate(_ key: String, _ field: any Field<MarkingRate?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      if case .string("usual") = value {
        root[keyPath: field] = nil
        return
      }
      let rate: MarkingRate? =
        switch value {
        case .string(let text): MarkingRate(text)
        default: value.number.flatMap { MarkingRate(share: $0, unit: .candidates) }
        }
      guard let rate else {
        throw BrokenRule(
          """
          \(value.kind) is not a rate above 0 and at most 1, such as 0.5, "50%" or "10% of dataset", nor "usual"
          """)
      }
      root[keyPath: field] = rate
    } text: {
      TOMLText.string($0[keyPath: field].map { "\($0)" } ?? "usual")
    }
  }

  /// The name of one of these methods.
  static func method(_ key: String, _ field: any Field<MethodName>, among methods: [MethodDeclaration]) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value, methods[MethodName(rawValue: text)] != nil else {
        throw BrokenRule("\(value.kind) is none of \(methods.names)")
      }
      root[keyPath: field] = MethodName(rawValue: text)
    } text: {
      TOMLText.string($0[keyPath: field].rawValue)
    }
  }

  /// What methods have.
  static func ofMethod(_ setting: any DeclaredSetting) -> Self {
    Setting(key: setting.key) { value, root throws(BrokenRule) in
      try setting.read(value, into: &root.method)
    } text: {
      setting.text(in: $0.method)
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

  /// At least one "ARCHITECTURE:WIDTH"; which architectures there are is for the worker to say.
  static func learners(_ key: String, _ field: any Field<[Learner]>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      let rule = BrokenRule("\(value.kind) is not a list such as [\"resnet18:8\", \"cnn:32\"]")
      guard let texts = value.strings, !texts.isEmpty else { throw rule }
      let learners = texts.compactMap(Learner.init)
      guard learners.count == texts.count else { throw rule }
      if let unknown = learners.first(where: { !Learner.isKnown($0.architecture) }) {
        throw BrokenRule("\(unknown.architecture) is none of \(Learner.names)")
      }
      root[keyPath: field] = learners
    } text: {
      "[\($0[keyPath: field].map { TOMLText.string("\($0)") }.joined(separator: ", "))]"
    }
  }
}
