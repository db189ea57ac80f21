/// What an owner says of a model that learned a release: how marks move its answers. Audits, trials, panels, reports and
/// evidence packages know claims; which carriers, patches or pictures a mark is made of only its method knows.
///
/// A claim says which images may be asked about, and turns each answer into a score in [0, 1], the higher the more it bears
/// the claim out. What is tested is always the same: the score's rise from the clean to the marked form of an image, and
/// the rank of the key's rise among those of all keys that could have been drawn. That rank is exact for every claim, since
/// no claim tells the key's carriers from decoys.
package enum Claim: Sendable, Hashable {
  /// Marked images of other classes are rather taken for this one.
  /// - Source: SSCL-BW §III-B2
  case targeted(at: Int)
  /// Marked images are rather taken for anything but what they show.
  /// - Source: METHODS §2, the untargeted marks of UBW
  case untargeted
}

extension Claim {
  /// Whether images of a class may be asked about.
  package func concerns(label: Int) -> Bool {
    switch self {
    case .targeted(let target): label != target
    case .untargeted: true
    }
  }

  /// Whether an image of class `label` that is taken for `answer` bears the claim out.
  package func isHit(_ answer: Int, label: Int) -> Bool {
    switch self {
    case .targeted(let target): answer == target
    case .untargeted: answer != label
    }
  }

  /// The score of whole probabilities, one a class.
  /// - Returns: nil where there is no number for the class in question.
  package func score(_ probabilities: some RandomAccessCollection<Float>, label: Int) -> Double? {
    let column = probabilities.dropFirst(classOfScore(label: label)).first
    // Softmax sums to 1 up to rounding; a score is a probability.
    return column.flatMap { $0.isFinite ? oriented(min(1, Double($0))) : nil }
  }

  /// The score of a suspect's answer. Of a top-k answer it is the end of the possible range that speaks against the claim.
  package func score(_ answer: SuspectAnswer, label: Int, isMarked: Bool) -> Double? {
    if case .label(let answered) = answer { return isHit(answered, label: label) ? 1 : 0 }
    let column = classOfScore(label: label)
    switch answer {
    case .probabilities(let values): return values.indices.contains(column) ? oriented(values[column]) : nil
    case .top(let values):
      let bounds = TopAnswer(values).bounds(of: column)
      let ends = [oriented(bounds.lowerBound), oriented(bounds.upperBound)]
      return isMarked ? ends.min() : ends.max()
    case .label: return nil
    }
  }

  /// The class whose probability the score is, or is one less.
  private func classOfScore(label: Int) -> Int {
    switch self {
    case .targeted(let target): target
    case .untargeted: label
    }
  }

  private func oriented(_ probability: Double) -> Double {
    switch self {
    case .targeted: probability
    case .untargeted: 1 - probability
    }
  }

  /// What marked images are taken for, for people: the class's name.
  package func subject(among classes: [String]) -> String {
    switch self {
    case .targeted(let target): classes.indices.contains(target) ? classes[target] : "class \(target)"
    case .untargeted: "another class"
    }
  }

  /// Whether every class that it names is one of so many.
  package func fits(classes: Int) -> Bool {
    switch self {
    case .targeted(let target): (0..<classes).contains(target)
    case .untargeted: true
    }
  }
}

// MARK: - Documents

extension Claim {
  /// How documents name a claim that has no target class; absent in all others (FORMATS.md, "Claims").
  package enum Kind: String, Codable, Sendable {
    case untargeted
  }

  /// The two members that say it in a document.
  package var members: (targetClass: Int?, claimKind: Kind?) {
    switch self {
    case .targeted(let target): (target, nil)
    case .untargeted: (nil, .untargeted)
    }
  }

  /// - Precondition: `targetClass` and `claimKind` are a claim's `members`, or were decoded together with one.
  package init(targetClass: Int?, claimKind: Kind?) {
    switch (targetClass, claimKind) {
    case (let target?, nil): self = .targeted(at: target)
    case (nil, .untargeted): self = .untargeted
    default: preconditionFailure("a document says one claim")
    }
  }
}

/// Reads the members from the document that they are part of; a document writes them itself.
extension Claim: Decodable {
  private enum Key: String, CodingKey {
    case targetClass, claimKind
  }

  /// - Throws: `DecodingError`, also unless it is exactly one claim.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    guard let kind = try container.decodeIfPresent(Kind.self, forKey: .claimKind) else {
      self = .targeted(at: try container.decode(0...DocumentBounds.classes, forKey: .targetClass))
      return
    }
    guard !container.contains(.targetClass) else {
      throw DecodingError.dataCorruptedError(
        forKey: .targetClass, in: container, debugDescription: "an \(kind.rawValue) claim has no target class")
    }
    self.init(targetClass: nil, claimKind: kind)
  }
}
