package import Evidence

extension ModelFinding {
  /// What readers take the model for. With keyed marks the verdict decides. The paper's marks have no keys, so no verdict
  /// can convict anyone; there it is the paper's own t-test, which is what its users would go by.
  /// - Parameter alpha: of that test.
  package func outcome(isKeyed: Bool, alpha: Double) -> Verdict.Outcome {
    if isFoundOut(isKeyed: isKeyed, alpha: alpha) { return .trainedOn }
    return isKeyed ? verdict.outcome : isBlind ? .inconclusive : .notShown
  }

  /// The same for tables, which say where the t-test decided.
  package func outcomeText(isKeyed: Bool, alpha: Double) -> String {
    outcome(isKeyed: isKeyed, alpha: alpha).rawValue + (isKeyed ? "" : " (t-test)")
  }

  /// Whether the model counts as trained on the release.
  func isFoundOut(isKeyed: Bool, alpha: Double) -> Bool {
    isKeyed ? verdict.outcome == .trainedOn : figures.pT.map { $0 <= alpha } ?? false
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
