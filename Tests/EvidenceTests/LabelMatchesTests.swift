import Foundation
import Testing

@testable import Evidence

/// A model watermark's labels: what chance is, whatever the model.
@Suite struct LabelMatchesTests {
  /// All label vectors (n) over K classes.
  private func labels(_ count: Int, _ classes: Int) -> [[Int]] {
    (0..<count).reduce([[]]) { vectors, _ in vectors.flatMap { vector in (0..<classes).map { vector + [$0] } } }
  }

  /// One answer to everything, a rule, a model without answers to some: over all labels that could have been drawn, p is at
  /// most α in at most a share α of them, and the number of matches is binomial.
  @Test(arguments: [[0, 0, 0, 0, 0, 0], [0, 1, 2, 0, 1, 2], [2, 2, nil, 1, nil, 0]] as [[Int?]])
  func isExactForWhateverAModelAnswers(answers: [Int?]) {
    let all = labels(6, 3)
    let found = all.map { LabelMatches(of: answers, with: $0, classes: 3) }
    for matches in found where found[0].answered == matches.answered {
      // P over the draw of the labels that p is at most this one's.
      let share = Double(found.count { $0.p.ln <= matches.p.ln + 1e-12 }) / Double(all.count)
      #expect(abs(share - matches.p.value) < 1e-12)
    }
    #expect(found.allSatisfy { $0.answered == answers.count { $0 != nil } })
  }

  @Test func countsAnswersThatAreTheLabel() {
    let matches = LabelMatches(of: [1, nil, 3, 2], with: [1, 0, 3, 1], classes: 4)
    #expect(matches == LabelMatches(matches: 2, answered: 3, classes: 4))
    #expect(abs(matches.p.value - (3 * 0.0625 * 0.75 + 0.015625)) < 1e-12)
    #expect(abs(matches.leastP.value - 0.015625) < 1e-15)
    #expect(LabelMatches(matches: 0, answered: 0, classes: 2).p.value == 1)
    #expect(LabelMatches(matches: 100, answered: 100, classes: 10).p.ln < -230)
  }

  private func verdict(
    _ matches: Int, of answered: Int, asked: Int, _ interruption: AuditHealth.Interruption? = nil, changed: Bool = false
  ) -> Verdict {
    Verdict(
      LabelMatches(matches: matches, answered: answered, classes: 10), asked: asked, interruption: interruption,
      modelChanged: changed, policy: VerdictPolicy())
  }

  @Test func convictsAtAlphaAndNotAbove() {
    // P(Binomial(100, .1) ≥ 18) = .0100, ≥ 19 is .0046.
    #expect(verdict(19, of: 100, asked: 100).outcome == .trainedOn)
    #expect(verdict(19, of: 100, asked: 100).reasons.map(\.code) == [.labelsAtLevel])
    #expect(verdict(17, of: 100, asked: 100).outcome == .notShown)
    #expect(verdict(17, of: 100, asked: 100).reasons.map(\.code) == [.labelsAboveLevel])
  }

  @Test func saysNothingOfHalfAnInterview() {
    #expect(verdict(79, of: 79, asked: 100).reasons.map(\.code) == [.tooFewAnswers])
    #expect(verdict(90, of: 90, asked: 100, .outage).reasons.map(\.code) == [.outage])
    #expect(verdict(100, of: 100, asked: 100, changed: true).reasons.map(\.code) == [.modelChanged])
    #expect(verdict(1, of: 1, asked: 1).reasons.map(\.code) == [.tooFewTriggers])
    #expect(verdict(0, of: 0, asked: 100).reasons.map(\.code) == [.tooFewAnswers, .tooFewTriggers])
    #expect(verdict(90, of: 90, asked: 100).outcome == .trainedOn)
  }
}
