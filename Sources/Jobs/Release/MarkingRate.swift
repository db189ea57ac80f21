/// How much is marked: "0.5" and "50%" are shares of what may be marked, such as a target class, "10% of dataset" is the paper's unit.
package struct MarkingRate: Sendable, Equatable {
  package enum Unit: String, Codable, Sendable {
    /// Samples that the method may mark: those of its target class, if it has one.
    case candidates = "targetClass"
    case dataset
  }

  /// In (0, 1].
  package var share: Double
  package var unit: Unit

  package init?(share: Double, unit: Unit) {
    guard share > 0, share <= 1 else { return nil }
    self.init(checked: share, unit)
  }

  private init(checked share: Double, _ unit: Unit) {
    self.share = share
    self.unit = unit
  }

  /// Half of what may be marked.
  package static let half = MarkingRate(checked: 0.5, .candidates)

  /// All that may be marked.
  package static let all = MarkingRate(checked: 1, .candidates)

  /// A few of a hundred training samples.
  package static func percent(ofDataset percent: Int) -> MarkingRate {
    precondition((1...100).contains(percent), "a share of the dataset")
    return MarkingRate(checked: Double(percent) / 100, .dataset)
  }

  /// Parses "0.5", "50%", "50 % of class", "10% of dataset"; nil for anything else or a share outside (0, 1].
  package init?(_ text: String) {
    var words = text.split(separator: " ")[...]
    guard var number = words.popFirst() else { return nil }
    var scale = 1.0
    if number.hasSuffix("%") {
      number = number.dropLast()
      scale = 100
    } else if words.first == "%" {
      words = words.dropFirst()
      scale = 100
    }
    let unit: Unit
    switch words.joined(separator: " ") {
    case "", "of class": unit = .candidates
    case "of dataset": unit = .dataset
    default: return nil
    }
    guard let share = Double(number) else { return nil }
    self.init(share: share / scale, unit: unit)
  }
}

/// Written so that it parses back to the same share: "0.5 of class", "0.1 of dataset".
extension MarkingRate: CustomStringConvertible {
  package var description: String {
    switch unit {
    case .candidates: "\(share) of class"
    case .dataset: "\(share) of dataset"
    }
  }
}

// MARK: - JSON

/// `{"share":0.5,"unit":"targetClass"}`.
extension MarkingRate: Codable {
  private enum Key: String, CodingKey {
    case share, unit
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    let share = try container.decode(Double.self, forKey: .share)
    guard let rate = MarkingRate(share: share, unit: try container.decode(Unit.self, forKey: .unit)) else {
      throw DecodingError.dataCorruptedError(
        forKey: .share, in: container, debugDescription: "a marking rate of \(share) is not in (0, 1]")
    }
    self = rate
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(share, forKey: .share)
    try container.encode(unit, forKey: .unit)
  }
}
