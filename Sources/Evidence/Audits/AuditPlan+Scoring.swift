extension AuditPlan {
  /// How answers are scored: by what is asked of the claim, whose carriers come first.
  package struct Scoring: Sendable, Equatable {
    package let claim: Claim
    /// Of an assignment the classes that are left.
    package let keySize: Int
    /// Numbers in the release's order: the key's own of the columns that are left, then all others. The carrier of a class
    /// that the suspect has not is a decoy like others.
    package let carriers: [Int]
    /// Places of the columns among the release's.
    package let columns: [Int]

    /// - Parameters:
    ///   - whole: what is claimed of models that have all classes.
    ///   - suspect: the classes that this one has.
    ///   - size: G, carriers of the release's key.
    ///   - carriers: that are asked about, the key's own among them.
    package init(_ whole: Claim, of suspect: SuspectClasses?, keySize size: Int, carriers count: Int) {
      let (asked, columns) = whole.asked(of: suspect) ?? (whole, Array(0..<whole.columns))
      let own = whole.columns == 1 ? Array(0..<max(0, size)) : columns
      let isOwn = Set(own)
      claim = asked
      keySize = own.count
      carriers = own + (0..<max(0, count)).filter { !isOwn.contains($0) }
      self.columns = columns
    }
  }

  package var scoring: Scoring { Scoring(claim, of: answeredAs, keySize: keySize, carriers: carriers) }

  /// Whether every column has an image that says something in it, without which no look can ever be taken.
  package var isWholeSomewhere: Bool {
    let claim = scoring.claim
    let names = Set(labels.compactMap(name))
    return (0..<claim.columns).allSatisfy { column in names.contains { claim.concerns(label: $0, in: column) } }
  }

  /// What answers name a class by; nil for one that the suspect has not.
  package func name(of label: Int) -> Int? { answeredAs.map { $0.name(of: label) } ?? label }
}
