package import Evidence

/// What readers go by.
package enum DecidingTest: Sendable, Equatable {
  /// The key's rank among all that could have been drawn, and with it the verdict.
  case rankAmongKeys
  /// The paper's t-test. Marks without a key have nothing to be ranked among, so no verdict can convict anyone; there it is
  /// what the paper's users would go by.
  case pairedT
  /// The coins that chose between two variants of each sample, by magnitudes; of marks that are judged by nothing else.
  case twins
}

extension ModelFinding {
  package var decider: DecidingTest { figures.decoys > 0 ? .rankAmongKeys : twins == nil ? .pairedT : .twins }

  /// What readers take the model for.
  /// - Parameter alpha: of the t-test, where it decides.
  package func outcome(alpha: Double) -> Verdict.Outcome {
    if isFoundOut(alpha: alpha) { return .trainedOn }
    return decider == .rankAmongKeys ? verdict.outcome : isBlind ? .inconclusive : .notShown
  }

  /// The same for tables, which say where the t-test decided.
  package func outcomeText(alpha: Double) -> String {
    outcome(alpha: alpha).rawValue + (decider == .pairedT ? " (t-test)" : decider == .twins ? " (twins)" : "")
  }

  /// Whether the model counts as trained on the release.
  func isFoundOut(alpha: Double) -> Bool {
    switch decider {
    case .rankAmongKeys: verdict.outcome == .trainedOn
    case .pairedT: figures.pT.map { $0 <= alpha } ?? false
    case .twins: twins?.pFlips.map { $0 <= alpha } ?? false
    }
  }

  /// Whether its answers mean nothing, whatever the mark.
  private var isBlind: Bool {
    verdict.reasons.contains { reason in
      switch reason.code {
      case .accuracyAtChance, .constantAnswers, .tooFewAnswers, .tooFewPairs: true
      default: false
      }
    }
  }
}
