/// What an owner says of a model that learned a release: how marks move its answers. Audits, trials, panels, reports
/// and evidence packages know claims; which carriers, patches or pictures a mark is made of only its method knows.
///
/// A claim says which images may be asked about, and turns each answer into scores in [0, 1], the higher the more it
/// bears the claim out. What is tested is always alike: the scores' rise from the clean to the marked form of an image,
/// and the rank of the key's rise among those of all keys that could have been drawn. That rank is exact for every
/// claim, since no score tells the key from the others.
///
/// Most claims have one score for an answer. A claim of an assignment has one for each class that was marked: its
/// columns, counted from 0.
package enum Claim: Sendable, Hashable {
  /// Marked images of other classes are rather taken for this one.
  /// - Source: SSCL-BW §III-B2
  case targeted(at: Int)
  /// Marked images are rather taken for anything but what they show.
  /// - Source: METHODS §2, the untargeted marks of UBW
  case untargeted
  /// Images of other classes are, under carrier j of the key, rather taken for class j of these. The key is which
  /// carrier belongs to which class.
  /// - Source: METHODS §8
  case assignment(to: [Int])
}

extension Claim {
  /// Scores of an answer: 1, or one for each class of an assignment.
  package var columns: Int {
    switch self {
    case .targeted, .untargeted: 1
    case .assignment(let classes): classes.count
    }
  }

  /// The column that carrier number `carrier` of a key is to raise.
  package func column(ofCarrier carrier: Int) -> Int { columns == 1 ? 0 : carrier }

  /// Whether images of a class may be asked about.
  package func concerns(label: Int) -> Bool { (0..<columns).contains { concerns(label: label, in: $0) } }

  /// Whether an image of a class has a score in a column.
  package func concerns(label: Int, in column: Int) -> Bool {
    switch self {
    case .targeted(let target): label != target
    case .untargeted: true
    case .assignment(let classes): label != classes[column]
    }
  }

  /// Whether an image of class `label` that is taken for `answer` bears the claim out.
  package func isHit(_ answer: Int, label: Int, in column: Int = 0) -> Bool {
    switch self {
    case .targeted(let target): answer == target
    case .untargeted: answer != label
    case .assignment(let classes): answer == classes[column]
    }
  }

  /// The score of whole probabilities, one a class.
  /// - Returns: nil where there is no number for the class in question, or the image has no score in the column.
  package func score(_ probabilities: some RandomAccessCollection<Float>, label: Int, in column: Int = 0) -> Double? {
    guard concerns(label: label, in: column) else { return nil }
    let value = probabilities.dropFirst(classOfScore(label: label, in: column)).first
    // Softmax sums to 1 up to rounding; a score is a probability.
    return value.flatMap { $0.isFinite ? oriented(min(1, Double($0))) : nil }
  }

  /// The score of a suspect's answer. Of a top-k answer it is the end of the possible range that speaks against the
  /// claim.
  /// - Returns: nil as for whole probabilities.
  package func score(_ answer: SuspectAnswer, label: Int, in column: Int = 0, isMarked: Bool) -> Double? {
    guard concerns(label: label, in: column) else { return nil }
    if case .label(let answered) = answer { return isHit(answered, label: label, in: column) ? 1 : 0 }
    let index = classOfScore(label: label, in: column)
    switch answer {
    case .probabilities(let values): return values.indices.contains(index) ? oriented(values[index]) : nil
    case .top(let values):
      let bounds = TopAnswer(values).bounds(of: index)
      let ends = [oriented(bounds.lowerBound), oriented(bounds.upperBound)]
      return isMarked ? ends.min() : ends.max()
    case .label: return nil
    }
  }

  /// The class whose probability the score is, or is one less.
  private func classOfScore(label: Int, in column: Int) -> Int {
    switch self {
    case .targeted(let target): target
    case .untargeted: label
    case .assignment(let classes): classes[column]
    }
  }

  private func oriented(_ probability: Double) -> Double {
    switch self {
    case .targeted, .assignment: probability
    case .untargeted: 1 - probability
    }
  }

  /// What marked images are taken for, for people: the class's name.
  package func subject(among classes: [String]) -> String {
    switch self {
    case .targeted(let target): Self.name(target, among: classes)
    case .untargeted: "another class"
    case .assignment:
      "a class for each carrier: \((assigned(among: classes) ?? []).joined(separator: ", "))"
    }
  }

  /// Names of the classes that carriers are assigned to, in the order of the key; nil for other claims.
  package func assigned(among classes: [String]) -> [String]? {
    guard case .assignment(let assigned) = self else { return nil }
    return assigned.map { Self.name($0, among: classes) }
  }

  private static func name(_ index: Int, among classes: [String]) -> String {
    classes.indices.contains(index) ? classes[index] : "class \(index)"
  }

  /// Whether every class that it names is one of so many.
  package func fits(classes: Int) -> Bool {
    switch self {
    case .targeted(let target): (0..<classes).contains(target)
    case .untargeted: true
    case .assignment(let assigned): assigned.allSatisfy((0..<classes).contains)
    }
  }

  /// Whether so many carriers can be a key of it: more would leave too few samples to each, or take too long to rank.
  package func allows(keySize: Int) -> Bool {
    switch self {
    case .targeted, .untargeted: DocumentBounds.keySizes.contains(keySize)
    case .assignment(let classes): keySize == classes.count
    }
  }
}

// MARK: - Documents

extension Claim {
  /// How documents name a claim that has no target class; absent in all others (docs/formats, "Claims").
  package enum Kind: String, Codable, Sendable {
    case untargeted, assignment
  }

  /// The members that say it in a document.
  package var members: (targetClass: Int?, claimKind: Kind?, assignedClasses: [Int]?) {
    switch self {
    case .targeted(let target): (target, nil, nil)
    case .untargeted: (nil, .untargeted, nil)
    case .assignment(let classes): (nil, .assignment, classes)
    }
  }

  /// - Precondition: they are a claim's `members`, or were decoded together with one.
  package init(targetClass: Int?, claimKind: Kind?, assignedClasses: [Int]?) {
    switch (targetClass, claimKind, assignedClasses) {
    case (let target?, nil, nil): self = .targeted(at: target)
    case (nil, .untargeted, nil): self = .untargeted
    case (nil, .assignment, let classes?): self = .assignment(to: classes)
    default: preconditionFailure("a document says one claim")
    }
  }

  /// Classes of an assignment: with two, every other key is the wrong one; each more is a column of every answer.
  package static let assignable = 2...32
}

/// Reads the members from the document that they are part of; a document writes them itself.
extension Claim: Decodable {
  private enum Key: String, CodingKey {
    case targetClass, claimKind, assignedClasses
  }

  /// - Throws: `DecodingError`, also unless it is exactly one claim.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    func alone(_ key: Key, _ claim: String) throws {
      guard !container.contains(key) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "\(claim) has no \(key.stringValue)")
      }
    }
    switch try container.decodeIfPresent(Kind.self, forKey: .claimKind) {
    case nil:
      try alone(.assignedClasses, "a claim of one class")
      self = .targeted(at: try container.decode(0...DocumentBounds.classes, forKey: .targetClass))
    case .untargeted:
      try alone(.targetClass, "an untargeted claim")
      try alone(.assignedClasses, "an untargeted claim")
      self = .untargeted
    case .assignment:
      try alone(.targetClass, "a claim of an assignment")
      let classes = try container.decode(each: 0...DocumentBounds.classes, forKey: .assignedClasses)
      guard Self.assignable.contains(classes.count), Set(classes).count == classes.count else {
        throw DecodingError.dataCorruptedError(
          forKey: .assignedClasses, in: container,
          debugDescription:
            "\(Self.assignable.lowerBound) to \(Self.assignable.upperBound) different classes are needed")
      }
      self = .assignment(to: classes)
    }
  }
}
