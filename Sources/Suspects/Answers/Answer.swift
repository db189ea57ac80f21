/// What a suspect said about one image, over our classes in our order.
package enum Answer: Sendable, Equatable {
  /// (K), each in [0, 1].
  case probabilities([Double])
  /// Our class → score in [0, 1]; classes that were not named are not in it.
  case topK([Int: Double])
  case label(Int)
  case none(NoAnswer)

  /// How much an answer tells.
  package enum Kind: String, Codable, Sendable {
    case label
    case topK = "top-k"
    case probabilities
  }

  /// nil for no answer.
  package var kind: Kind? {
    switch self {
    case .probabilities: .probabilities
    case .topK: .topK
    case .label: .label
    case .none: nil
    }
  }

  /// The class that is named first; the lowest index among equals. nil for no answer.
  package var label: Int? {
    switch self {
    case .probabilities(let values):
      values.indices.max { values[$0] < values[$1] || values[$0] == values[$1] && $0 > $1 }
    case .topK(let scores): scores.max { $0.value < $1.value || $0.value == $1.value && $0.key > $1.key }?.key
    case .label(let label): label
    case .none: nil
    }
  }
}

extension Answer: Encodable {
  private enum CodingKeys: String, CodingKey {
    case probabilities, top, label, none, detail
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    switch self {
    case .probabilities(let values): try container.encode(values, forKey: .probabilities)
    case .topK(let scores): try container.encode(scores, forKey: .top)
    case .label(let label): try container.encode(label, forKey: .label)
    case .none(let reason):
      try container.encode(reason.code, forKey: .none)
      try container.encodeIfPresent(reason.detail, forKey: .detail)
    }
  }
}
