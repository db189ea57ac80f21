/// What an experiment sweeps, and how far: `parameter` in rows of `attack --json` and `reproduce --json` (docs/formats,
/// "Attacks", "Reproductions").
package struct SweptParameter: Codable, Sendable, Equatable {
  package let name: String
  package let value: Value

  package init(name: String, value: Value) {
    self.name = name
    self.value = value
  }

  package enum Value: Sendable, Equatable {
    case number(Double)
    case text(String)
  }

  /// Nil for a text.
  package var number: Double? { if case .number(let number) = value { number } else { nil } }
}

extension SweptParameter.Value: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    self = try (try? container.decode(Double.self)).map(Self.number) ?? .text(container.decode(String.self))
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .number(let number): try container.encode(number)
    case .text(let text): try container.encode(text)
    }
  }
}

extension SweptParameter.Value: CustomStringConvertible {
  package var description: String {
    switch self {
    case .number(let number): Int(exactly: number).map(String.init) ?? "\(number)"
    case .text(let text): text
    }
  }
}
