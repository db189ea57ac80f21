/// The limits by which a verdict is given, settled before the first query.
package struct VerdictPolicy: Sendable, Equatable, Codable {
  /// α: the chance that this suspect is ever accused though innocent, over all audits.
  package var alpha: Double
  /// The level that the panel's p-value must reach; 19 references allow 0.05.
  package var panelAlpha: Double
  /// Whether a conviction needs a panel even where none was built.
  package var needsPanel: Bool
  /// The fewest pairs of answers for each key.
  package var leastPairs: Int
  /// The least share of the queries that must have been answered.
  package var leastAnswerShare: Double
  /// The level at which the accuracy on clean images must be above guessing.
  package var chanceLevel: Double

  package init(
    alpha: Double = 0.01, panelAlpha: Double = 0.05, needsPanel: Bool = false, leastPairs: Int = 10,
    leastAnswerShare: Double = 0.8, chanceLevel: Double = 0.01
  ) {
    for level in [alpha, panelAlpha, chanceLevel] {
      precondition(level > 0 && level < 1, "levels are in (0, 1)")
    }
    precondition(leastPairs >= 1 && leastAnswerShare >= 0 && leastAnswerShare <= 1, "limits in their ranges")
    self.alpha = alpha
    self.panelAlpha = panelAlpha
    self.needsPanel = needsPanel
    self.leastPairs = leastPairs
    self.leastAnswerShare = leastAnswerShare
    self.chanceLevel = chanceLevel
  }

  /// The same policy with α shared among so many suspects and claims (Bonferroni): one error in all with a chance of α.
  package func shared(among claims: Int) -> Self {
    precondition(claims >= 1, "at least one claim")
    var policy = self
    policy.alpha = alpha / Double(claims)
    return policy
  }

  package var spending: AlphaSpending { AlphaSpending(alpha: alpha) }
}
