/// Whether the answers of an audit can carry a verdict at all. Counts are over all audits that are pooled.
/// - Source: METHODS §5.7
package struct AuditHealth: Sendable, Equatable {
  /// What ended the audit before its last query.
  package enum Interruption: String, Sendable, Codable {
    case outage
    case rateLimit = "rate-limit"
    case refused
    case budget

    /// Why nothing can be said then.
    var reason: Verdict.Reason {
      switch self {
      case .outage: .init(.outage)
      case .rateLimit: .init(.rateLimited)
      case .refused: .init(.refused)
      case .budget: .init(.budgetSpent)
      }
    }
  }

  /// Queries sent and queries answered with usable scores.
  package var asked: Int
  package var answered: Int
  package var interruption: Interruption?
  /// The suspect shows another version, or another kind of answer than before.
  package var modelChanged: Bool
  /// Clean images answered with a class, and how many of them rightly.
  package var cleanAnswers: Int
  package var cleanCorrect: Int
  /// K, those of them that the suspect has; and how many of these it has as one at most: naming them is the best guess.
  package var classes: Int
  package var largestGroup: Int
  /// Different answers (posteriors or labels) to the clean images.
  package var distinctAnswers: Int

  package init(
    asked: Int, answered: Int, interruption: Interruption? = nil, modelChanged: Bool = false, cleanAnswers: Int,
    cleanCorrect: Int, classes: Int, largestGroup: Int = 1, distinctAnswers: Int
  ) {
    self.asked = asked
    self.answered = answered
    self.interruption = interruption
    self.modelChanged = modelChanged
    self.cleanAnswers = cleanAnswers
    self.cleanCorrect = cleanCorrect
    self.classes = classes
    self.largestGroup = largestGroup
    self.distinctAnswers = distinctAnswers
  }

  /// P(as many right by guessing): one-sided binomial against 1/K, or the largest group's part of K; 1 without an answer or
  /// with one class.
  package var chanceP: PValue {
    if cleanAnswers < 1 || classes <= largestGroup { return PValue(1) }
    let correct = max(0, min(cleanCorrect, cleanAnswers))
    return PValue(ln: Binomial.logUpperTail(correct, of: cleanAnswers, chance: Double(largestGroup) / Double(classes)))
  }

  /// Everything that forbids a verdict, in a fixed order; empty if nothing does.
  package func obstacles(_ policy: VerdictPolicy) -> [Verdict.Reason] {
    var reasons = [interruption?.reason].compactMap(\.self)
    if modelChanged { reasons.append(.init(.modelChanged)) }
    let share = asked > 0 ? Double(answered) / Double(asked) : 0
    if share < policy.leastAnswerShare {
      reasons.append(.init(.tooFewAnswers, value: share, limit: policy.leastAnswerShare))
    }
    // No answer at all is not the same answer to everything; it is no accuracy above guessing either.
    if cleanAnswers > 0, distinctAnswers < 2 {
      reasons.append(.init(.constantAnswers, value: Double(distinctAnswers), limit: 2))
    } else if !chanceP.isAtMost(policy.chanceLevel) {
      reasons.append(.init(.accuracyAtChance, value: chanceP.value, limit: policy.chanceLevel))
    }
    return reasons
  }
}
