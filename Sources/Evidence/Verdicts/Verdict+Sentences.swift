import Foundation

extension Verdict.Reason {
  /// The reason in words, its figures with two significant digits; more where they would not tell value and limit apart.
  package var sentence: String {
    let (p, level) = figures
    return switch code {
    case .decoyRankAtLevel: "the key stands out from its decoys: p = \(p), at most \(level) convicts"
    case .panelAtLevel:
      "models that never saw the release do not answer like this: p = \(p), at most \(level) is needed"
    case .decoyRankAboveLevel: "the key does not stand out from its decoys: p = \(p), at most \(level) would convict"
    case .panelAboveLevel:
      "models that never saw the release answer like this too: p = \(p), at most \(level) would convict"
    case .tTestAlone: "the t-test alone rejects, p = \(p), and convicts nobody"
    case .noDecoys: "no decoys were asked about, so the key has nothing to be ranked among"
    case .noLook: "no round of questions is complete, so the key's rank has not been looked at"
    case .tooFewDecoys: "too few decoys: no p below \(p) is possible, at most \(level) convicts"
    case .noPanel: "there is no reference panel to compare with"
    case .panelTooSmall: "the reference panel is too small: no p below \(p) is possible, at most \(level) is needed"
    case .labelsAtLevel: "the triggers are answered as their labels were drawn: p = \(p), at most \(level) convicts"
    case .labelsAboveLevel:
      "the triggers are not answered as their labels were drawn: p = \(p), at most \(level) would convict"
    case .tooFewTriggers:
      "the right answer to every trigger would be p = \(p), at most \(level) would convict: there are too few of them"
    case .tooFewPairs:
      "\(Self.count(value)) images were answered both clean and marked, \(Self.count(limit)) are needed"
    case .tooFewAnswers: "\(Self.percent(value)) of the questions were answered, \(Self.percent(limit)) are needed"
    case .outage: "an outage: the suspect could not be reached"
    case .rateLimited: "the suspect's rate limit left questions unanswered"
    case .refused: "the suspect refused to answer"
    case .budgetSpent: "the budget of questions was spent first"
    case .modelChanged: "the suspect's model has changed"
    case .accuracyAtChance:
      "the accuracy on clean images is at chance level: p = \(p), at most \(level) tells it from guessing"
    case .constantAnswers: "every image gets the same answer"
    }
  }

  private var figures: (value: String, limit: String) {
    func text(_ value: Double?, _ digits: Int) -> String {
      value.map { String(format: "%.\(digits)g", $0) } ?? "unknown"
    }
    let digits = (2...6).first { text(value, $0) != text(limit, $0) || value == limit } ?? 6
    return (text(value, digits), text(limit, digits))
  }

  private static func count(_ value: Double?) -> String { value.map { String(format: "%.0f", $0) } ?? "too few" }

  /// Rounded down: what falls short of a limit must not be shown to reach it.
  private static func percent(_ share: Double?) -> String {
    share.map { String(format: "%.0f %%", ($0 * 100).rounded(.down)) } ?? "too few"
  }
}
