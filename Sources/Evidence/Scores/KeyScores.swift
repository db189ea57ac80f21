/// What a suspect's answers carry; the test is chosen from it.
package enum ScoreKind: String, Sendable, Codable {
  /// The target class's probability.
  case probabilities
  /// The target class's probability if it is among the first few, else only a bound.
  case topK = "top-k"
  /// 1 if the target class is the answer, else 0.
  case label
}

/// A suspect's answers about m images under one key: P_b on the clean image, P_w on the same image with the key's mark.
///
/// Scores are probabilities of the target class in [0, 1], or hits (0 or 1) for labels; nil where no answer came.
package struct KeyScores: Sendable, Equatable {
  package let kind: ScoreKind
  /// P_b, (m).
  package let clean: [Double?]
  /// P_w, (m), in the same order.
  package let marked: [Double?]

  /// - Throws: `unequalCounts`, `notFinite`, `outOfRange`, `notALabel`.
  package init(_ kind: ScoreKind, clean: [Double?], marked: [Double?]) throws(EvidenceError) {
    guard clean.count == marked.count else {
      throw .unequalCounts(what: "marked scores", count: marked.count, expected: clean.count)
    }
    try Self.check(clean, kind, "clean score")
    try Self.check(marked, kind, "marked score")
    self.init(checked: kind, clean: clean, marked: marked)
  }

  /// Scores that were checked before.
  init(checked kind: ScoreKind, clean: [Double?], marked: [Double?]) {
    self.kind = kind
    self.clean = clean
    self.marked = marked
  }

  /// P_w − P_b of the images that have both answers, in order.
  package var differences: [Double] {
    zip(clean, marked).compactMap { clean, marked in
      guard let clean, let marked else { return nil }
      return marked - clean
    }
  }

  /// ΔP, the mean of P_w − P_b; nil without a pair.
  package var deltaP: Double? {
    let differences = differences
    return differences.isEmpty ? nil : differences.reduce(0, +) / Double(differences.count)
  }

  /// The mean P_w: WSR where the scores are hits; nil without an answer.
  package var markedMean: Double? {
    let answers = marked.compactMap { $0 }
    return answers.isEmpty ? nil : answers.reduce(0, +) / Double(answers.count)
  }

  static func check(_ scores: [Double?], _ kind: ScoreKind, _ what: String) throws(EvidenceError) {
    for (index, score) in scores.enumerated() {
      guard let score else { continue }
      guard score.isFinite else { throw .notFinite(what: what, index: index) }
      guard score >= 0, score <= 1 else { throw .outOfRange(what: what, index: index, value: score) }
      guard kind != .label || score == 0 || score == 1 else { throw .notALabel(index: index, value: score) }
    }
  }
}

/// An answer that lists only the k most probable classes, and what it says about any one of them.
package struct TopAnswer: Sendable, Equatable {
  /// Class → probability, k entries.
  package let listed: [Int: Double]

  package init(_ listed: [Int: Double]) { self.listed = listed }

  /// The least and greatest probability that `target` can have: itself if listed; otherwise at most the least one listed
  /// and at most what the listed ones leave of 1.
  ///
  /// Take the upper end for P_b and the lower end for P_w, for the real key and the decoys alike: then ΔP is never more
  /// than the whole answer would have shown.
  package func bounds(of target: Int) -> ClosedRange<Double> {
    if let listed = listed[target] { return listed...listed }
    let rest = max(0, 1 - listed.values.reduce(0, +))
    return 0...min(rest, max(0, listed.values.min() ?? 1))
  }
}
