import Jobs
import Suspects

// What may be left out is shown as an empty string or table, which reads back as nothing.

extension Setting {
  /// A string, or nil for an empty one.
  static func optional(_ key: String, _ field: any Field<String?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value else { throw BrokenRule("\(value.kind) is not a string") }
      root[keyPath: field] = text.isEmpty ? nil : text
    } text: {
      TOMLText.string($0[keyPath: field] ?? "")
    }
  }

  /// A whole number, or nil for 0.
  static func optional(_ key: String, _ field: any Field<Int?>, _ range: ClosedRange<Int>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .integer(let number) = value, number == 0 || range.contains(number) else {
        throw BrokenRule("\(value.kind) is not 0 or an integer within \(range.lowerBound) … \(range.upperBound)")
      }
      root[keyPath: field] = number == 0 ? nil : number
    } text: {
      "\($0[keyPath: field] ?? 0)"
    }
  }

  /// A number, or nil for 0.
  static func optional(_ key: String, _ field: any Field<Double?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard let number = value.number else { throw BrokenRule("\(value.kind) is not a number") }
      guard number.isFinite else { throw BrokenRule("\(number) is not finite") }
      root[keyPath: field] = number == 0 ? nil : number
    } text: {
      "\($0[keyPath: field] ?? 0)"
    }
  }

  /// One of some words, or nil for an empty string.
  static func optional<Choice: RawRepresentable<String> & SendableMetatype>(
    _ key: String, _ field: any Field<Choice?>
  ) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value else { throw BrokenRule("\(value.kind) is not a string") }
      let choice = Choice(rawValue: text)
      guard choice != nil || text.isEmpty else {
        throw BrokenRule("\"\(text)\" is not known (docs/formats, \"Suspects\")")
      }
      root[keyPath: field] = choice
    } text: {
      TOMLText.string($0[keyPath: field]?.rawValue ?? "")
    }
  }

  /// One of some words.
  static func option<Choice: RawRepresentable<String> & SendableMetatype>(
    _ key: String, _ field: any Field<Choice>
  ) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .string(let text) = value, let choice = Choice(rawValue: text) else {
        throw BrokenRule("\(value.kind) is not known (docs/formats, \"Suspects\")")
      }
      root[keyPath: field] = choice
    } text: {
      TOMLText.string($0[keyPath: field].rawValue)
    }
  }

  static func reals(_ key: String, _ field: any Field<[Double]>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .array(let elements) = value else { throw BrokenRule("\(value.kind) is not an array of numbers") }
      root[keyPath: field] = try elements.map { element throws(BrokenRule) in
        guard let number = element.number, number.isFinite else { throw BrokenRule("\(element.kind) is not a number") }
        return number
      }
    } text: {
      "[\($0[keyPath: field].map { "\($0)" }.joined(separator: ", "))]"
    }
  }

  /// "same", the suspect's own names in its order, or an empty array where it tells its names itself.
  static func classOrder(_ key: String, _ field: any Field<ClassNames.Order?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      switch value {
      case .string("same"): root[keyPath: field] = .same
      case .array:
        guard let names = value.strings else { throw BrokenRule("not every element is a name") }
        root[keyPath: field] = names.isEmpty ? nil : .names(names)
      default: throw BrokenRule("\(value.kind) is neither \"same\" nor an array of names")
      }
    } text: { root in
      switch root[keyPath: field] {
      case .same: TOMLText.string("same")
      case .names(let names): "[\(names.map(TOMLText.string).joined(separator: ", "))]"
      case nil: "[]"
      }
    }
  }

  /// The form of a `rest` endpoint; an empty table is none.
  static func rest(_ key: String, _ field: any Field<RESTForm?>) -> Self {
    Setting(key: key) { value, root throws(BrokenRule) in
      guard case .table(let table) = value else { throw BrokenRule("\(value.kind) is not a table") }
      guard !table.isEmpty else {
        root[keyPath: field] = nil
        return
      }
      var form = RESTForm()
      try RESTForm.settings.read(table, into: &form)
      root[keyPath: field] = form
    } text: { root in
      guard let form = root[keyPath: field] else { return "{}" }
      return "{ \(RESTForm.settings.map { "\($0.key) = \($0.text(form))" }.joined(separator: ", ")) }"
    }
  }
}
