package import Jobs

/// `[audits]`: how suspects are asked and judged, as far as it is the same for all of them.
package struct AuditSettings: Sendable, Equatable {
  /// Audits that run at once, beside the other jobs: they mostly wait for answers.
  package var concurrent = 4
  /// Suspects with one schedule are spread over this time.
  package var spread: Duration = .seconds(600)
  /// An audit that starts or ends later than this after its time is an alarm.
  package var startLate: Duration = .seconds(6 * 3600)
  package var runLate: Duration = .seconds(24 * 3600)
  /// α over all claims that are ever made, and among how many it is divided evenly; 0: each new claim gets its part of what
  /// is left (`ClaimSpending`).
  package var alpha = 0.01
  package var claims = 0
  package var panelAlpha = 0.05
  package var needsPanel = false
  package var leastPairs = 10
  package var leastAnswerShare = 0.8
  package var margin = 0.25
  /// What a suspect may say instead.
  package var plan = AuditPlanSettings()

  package init() {}
}

/// What `[audits]` says for all suspects and `[[suspect]]` for one.
package struct AuditPlanSettings: Sendable, Equatable {
  package var schedule = "0 3 * * mon"
  package var timeZone = "UTC"
  package var questions = AuditQuestions()
  package var retrainWhen: [RetrainRule] = []

  package init() {}
}

/// What an audit may say that makes a new generator worth training.
package enum RetrainRule: Sendable, Equatable {
  /// A model that was shown to be trained on the release answers fewer of its marked images with the target class.
  case successBelow(Double)
  /// Whole days since the release's generator was trained.
  case generatorOlderThan(days: Int)
  /// The suspect has been asked about every verification image.
  case poolExhausted

  /// "wsr-below 0.5", "generator-older-than 180d", "pool-exhausted".
  package init?(_ text: String) {
    let words = text.split(separator: " ")
    switch (words.first, words.count) {
    case ("wsr-below", 2):
      guard let share = Double(words[1]), share > 0, share <= 1 else { return nil }
      self = .successBelow(share)
    case ("generator-older-than", 2):
      guard words[1].hasSuffix("d"), let days = Int(words[1].dropLast()), days >= 1 else { return nil }
      self = .generatorOlderThan(days: days)
    case ("pool-exhausted", 1): self = .poolExhausted
    default: return nil
    }
  }

  package var text: String {
    switch self {
    case .successBelow(let share): "wsr-below \(share)"
    case .generatorOlderThan(let days): "generator-older-than \(days)d"
    case .poolExhausted: "pool-exhausted"
    }
  }
}

/// `[alerts]`: who is told when evidence passes its threshold, or an audit is late.
package struct AlertSettings: Sendable, Equatable {
  /// A program and its arguments; it finds the alert on its standard input.
  package var command: [String] = []
  /// An address that the alert is sent to by POST.
  package var webhook = ""
  /// How long either may take.
  package var timeout: Duration = .seconds(30)

  package init() {}
}
