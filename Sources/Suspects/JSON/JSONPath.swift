/// The part of JSONPath that names one value: `$.name`, `["name"]`, `[0]`, and `[*]` for "of each".
struct JSONPath {
  private enum Step {
    case member(String)
    case index(Int)
    case each
  }

  private let steps: [Step]

  /// nil for text that is no such path.
  init?(_ text: String) {
    var rest = Substring(text)
    if rest.first == "$" { rest.removeFirst() } else if rest.first != "[" { rest = "." + rest }
    var steps: [Step] = []
    while let first = rest.first {
      rest.removeFirst()
      if first == "." {
        let name = rest.prefix { $0 != "." && $0 != "[" }
        if name.isEmpty { return nil }
        steps.append(name == "*" ? .each : .member(String(name)))
        rest = rest[name.endIndex...]
      } else if first == "[", let quote = rest.first, quote == "\"" || quote == "'" {
        rest.removeFirst()
        guard let end = rest.firstIndex(of: quote) else { return nil }
        steps.append(.member(String(rest[..<end])))
        rest = rest[rest.index(after: end)...]
        guard rest.first == "]" else { return nil }
        rest.removeFirst()
      } else if first == "[", let end = rest.firstIndex(of: "]") {
        let inner = rest[..<end]
        if inner == "*" {
          steps.append(.each)
        } else if let index = Int(inner) {
          steps.append(.index(index))
        } else {
          return nil
        }
        rest = rest[rest.index(after: end)...]
      } else {
        return nil
      }
    }
    self.steps = steps
  }

  /// The value there; nil if there is none. Negative indices count from the end.
  func value(in document: JSONValue) -> JSONValue? { Self.value(of: steps[...], in: document) }

  private static func value(of steps: ArraySlice<Step>, in value: JSONValue) -> JSONValue? {
    guard let step = steps.first else { return value }
    let rest = steps.dropFirst()
    switch step {
    case .member(let name): return value[name].flatMap { Self.value(of: rest, in: $0) }
    case .index(let index):
      guard let array = value.array else { return nil }
      let place = index < 0 ? array.count + index : index
      return array.indices.contains(place) ? Self.value(of: rest, in: array[place]) : nil
    case .each:
      guard let array = value.array else { return nil }
      let found = array.compactMap { Self.value(of: rest, in: $0) }
      return found.count == array.count ? .array(found) : nil
    }
  }
}
