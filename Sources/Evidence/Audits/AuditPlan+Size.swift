extension AuditPlan {
  /// Questions of a whole series. The usual plan has 1,680; a suspect that answers one a second is asked for twelve days.
  package static let mostQuestions = 1 << 20
  /// Decoy carriers, more than any book has.
  package static let mostDecoys = 256
  /// Sums over carriers in all looks together: every key that a rank is among is summed once a look. A key of three among
  /// 259 carriers takes 2.9 million; of an assignment a sum has a term for each class. Some seconds are enough for these.
  package static let mostSums = 1 << 26
  /// Bytes of a name, and of all class names.
  package static let longestName = 1024
  package static let longestClasses = 32 << 20

  /// Whether a series can be planned, asked and checked in a time that is worth it: what follows from a plan takes time and
  /// memory by these numbers, and a plan may come from a stranger.
  package var isBearable: Bool {
    guard claim.allows(keySize: keySize), (0...Self.mostDecoys).contains(decoys),
      (1...Self.mostQuestions).contains(images), (1...Self.mostQuestions).contains(looks),
      images * looks <= Self.mostQuestions, images * looks * (keySize + decoys + 1) <= Self.mostQuestions,
      keys * scoring.claim.columns * looks <= Self.mostSums
    else { return false }
    return [suspect, release, model, source.name].allSatisfy { $0.utf8.count <= Self.longestName }
      && classes.reduce(0, { $0 + $1.utf8.count }) <= Self.longestClasses
  }

  /// The longest transcript that a suspect's answers to all of these questions can take, bytes: a question and its answer
  /// have some hundred bytes and a number for each class, a question that was postponed is there again, and every audit
  /// begins with what the suspect says of itself.
  package var longestTranscript: Int { 64 << 20 + 4 * questions * Self.longestAnswer(classes: classes.count) }

  /// A line of it, bytes.
  package var longestLine: Int { 4 << 20 + Self.longestAnswer(classes: classes.count) }

  private static func longestAnswer(classes: Int) -> Int { 4096 + 32 * classes }
}
