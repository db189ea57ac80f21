/// A suspect's names for our classes, and the order in which it numbers them.
package struct ClassNames: Codable, Sendable, Hashable {
  /// The order of an answer that carries numbers but no names.
  package enum Order: Sendable, Hashable {
    case same
    /// The suspect's own names, from index 0.
    case names([String])
  }

  /// Our name → theirs, where they differ. Classes with one name are one to the suspect.
  package var names: [String: String]
  /// nil where the suspect tells names itself: an order is never guessed.
  package var order: Order?
  /// Whether the suspect has classes that we do not have; they are left out.
  package var allowsOthers: Bool
  /// Whether it may lack classes that we have; it is asked about the others.
  package var allowsMissing: Bool

  package init(
    names: [String: String] = [:], order: Order? = nil, allowsOthers: Bool = false, allowsMissing: Bool = false
  ) {
    self.names = names
    self.order = order
    self.allowsOthers = allowsOthers
    self.allowsMissing = allowsMissing
  }

  private enum CodingKeys: String, CodingKey {
    case names, order
    case allowsOthers = "allow-others"
    case allowsMissing = "allow-missing"
  }
}

extension ClassNames {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    names = try container.decode([String: String].self, forKey: .names)
    order = try container.decodeIfPresent(Order.self, forKey: .order)
    allowsOthers = try container.decode(Bool.self, forKey: .allowsOthers)
    allowsMissing = try container.decodeIfPresent(Bool.self, forKey: .allowsMissing) ?? false
  }

  /// What is not allowed is not there, as in descriptions from before it could be.
  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(names, forKey: .names)
    try container.encodeIfPresent(order, forKey: .order)
    try container.encode(allowsOthers, forKey: .allowsOthers)
    if allowsMissing { try container.encode(true, forKey: .allowsMissing) }
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
