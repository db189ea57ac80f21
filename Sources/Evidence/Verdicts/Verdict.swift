/// What an audit says about a suspect, with the reasons that a program can read.
/// - Source: METHODS §5.7
package struct Verdict: Sendable, Equatable, Codable {
  package enum Outcome: String, Sendable, Codable {
    case trainedOn = "trained-on"
    case notShown = "not-shown"
    case inconclusive
  }

  /// A code, and where there is one the figure that was compared with a limit.
  package struct Reason: Sendable, Equatable, Codable {
    package enum Code: String, Sendable, Codable, CaseIterable {
      // For the claim.
      case decoyRankAtLevel = "decoy-rank-at-level"
      case panelAtLevel = "panel-at-level"
      /// Of a model's own watermark: answers to triggers are the drawn labels.
      case labelsAtLevel = "labels-at-level"
      // Not shown.
      case labelsAboveLevel = "labels-above-level"
      case decoyRankAboveLevel = "decoy-rank-above-level"
      case panelAboveLevel = "panel-above-level"
      /// The t-test rejects and nothing exact does.
      case tTestAlone = "t-test-alone"
      // Nothing can be said, or a caveat.
      case noDecoys = "no-decoys"
      /// Answers are being pooled and the rank has not been looked at yet.
      case noLook = "no-look"
      case tooFewDecoys = "too-few-decoys"
      case noPanel = "no-panel"
      case panelTooSmall = "panel-too-small"
      case tooFewPairs = "too-few-pairs"
      case tooFewAnswers = "too-few-answers"
      /// So few triggers that not even the right answer to each could convict.
      case tooFewTriggers = "too-few-triggers"
      case outage
      case rateLimited = "rate-limited"
      case refused
      case budgetSpent = "budget-spent"
      case modelChanged = "model-changed"
      case accuracyAtChance = "accuracy-at-chance"
      case constantAnswers = "constant-answers"
    }

    package let code: Code
    package let value: Double?
    package let limit: Double?

    package init(_ code: Code, value: Double? = nil, limit: Double? = nil) {
      self.code = code
      self.value = value
      self.limit = limit
    }
  }

  package let outcome: Outcome
  package let reasons: [Reason]

  package init(_ outcome: Outcome, _ reasons: [Reason]) {
    self.outcome = outcome
    self.reasons = reasons
  }
}
