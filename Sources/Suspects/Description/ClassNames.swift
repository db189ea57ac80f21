/// A suspect's names for our classes, and the order in which it numbers them.
package struct ClassNames: Codable, Sendable, Hashable {
  /// The order of an answer that carries numbers but no names.
  package enum Order: Sendable, Hashable {
    case same
    /// The suspect's own names, from index 0.
    case names([String])
  }

  /// Our name → theirs, where they differ.
  package var names: [String: String]
  /// nil where the suspect tells names itself: an order is never guessed.
  package var order: Order?
  /// Whether the suspect has classes that we do not have; they are left out.
  package var allowsOthers: Bool

  package init(names: [String: String] = [:], order: Order? = nil, allowsOthers: Bool = false) {
    self.names = names
    self.order = order
    self.allowsOthers = allowsOthers
  }

  private enum CodingKeys: String, CodingKey {
    case names, order
    case allowsOthers = "allow-others"
  }
}

extension ClassNames.Order: Codable {
  /// "same" or a list of names.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let word = try? container.decode(String.self) {
      guard word == "same" else {
        throw DecodingError.dataCorruptedError(in: container, debugDescription: "“same” or a list of names")
      }
      self = .same
    } else {
      self = .names(try container.decode([String].self))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .same: try container.encode("same")
    case .names(let names): try container.encode(names)
    }
  }
}
