import Jobs

extension Setting where Root == DatasetSettings {
  /// "0.5", "50%", "50% of class", "10% of dataset".
  static func rate(_ key: String, _ field: any Field<MarkingRate>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      let rate: MarkingRate? =
        switch value {
        case .string(let text): MarkingRate(text)
        case .real(let share): MarkingRate(share: share, unit: .targetClass)
        case .integer(let share): MarkingRate(share: Double(share), unit: .targetClass)
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
