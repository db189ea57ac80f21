/// An exact test of labels that were drawn by lot: on how many questions a model says the label that the secret has drawn.
///
/// Each label is uniform among K and independent of its question, of the other labels and of every model that was made
/// without it. Whatever such a model says, and whatever it prefers, each of its answers is right with chance 1/K, each by
/// itself: the matches are Binomial(n, 1/K). Nothing is assumed of the model, of the questions or of how they are alike;
/// which of them it answers may depend on anything but the labels.
///
/// Exact for one look. The labels are drawn once, so p-values of further looks, and of models that were made of one
/// another, must not be multiplied.
/// - Source: METHODS §4 for the triggers, §5 for the argument
package struct LabelMatches: Sendable, Equatable {
  /// Answers that are the drawn label, and answers.
  package let matches: Int
  package let answered: Int
  /// K.
  package let classes: Int

  /// - Precondition: 0 ≤ matches ≤ answered, and two classes at least.
  package init(matches: Int, answered: Int, classes: Int) {
    precondition(0...max(0, answered) ~= matches && classes >= 2, "matches among answers, of two classes at least")
    self.matches = matches
    self.answered = answered
    self.classes = classes
  }

  /// - Parameters:
  ///   - answers: the class that each question was answered with; nil for none.
  ///   - labels: as they were drawn.
  package init(of answers: [Int?], with labels: [Int], classes: Int) {
    precondition(answers.count == labels.count, "a question has a label")
    self.init(
      matches: zip(answers, labels).count { $0 == $1 }, answered: answers.count { $0 != nil }, classes: classes)
  }

  /// P(Binomial(answered, 1/K) ≥ matches), one-sided; 1 without an answer.
  package var p: PValue {
    PValue(ln: Binomial.logUpperTail(matches, of: answered, chance: 1 / Double(classes)))
  }

  /// The least p that so many answers allow: all of them right.
  package var leastP: PValue { Self.leastP(of: answered, classes: classes) }

  /// The least p that so many questions allow, K^(−n).
  package static func leastP(of questions: Int, classes: Int) -> PValue {
    LabelMatches(matches: questions, answered: questions, classes: classes).p
  }
}
