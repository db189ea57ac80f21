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
    leastAnswerShare: Double = 0.8, chanceLevel: Double = VerdictPolicy.usualChanceLevel
  ) {
    self.alpha = alpha
    self.panelAlpha = panelAlpha
    self.needsPanel = needsPanel
    self.leastPairs = leastPairs
    self.leastAnswerShare = leastAnswerShare
    self.chanceLevel = chanceLevel
    precondition(fault == nil, "limits in their ranges")
  }

  /// What every audit takes: it is no setting.
  package static let usualChanceLevel = 0.01

  /// The first limit that is outside of its range; nil if none is.
  private var fault: String? {
    for (name, level) in [("alpha", alpha), ("panelAlpha", panelAlpha), ("chanceLevel", chanceLevel)]
    where !(level > 0 && level < 1) {
      return "\(name) is \(level), outside (0, 1)"
    }
    if !(1...DocumentBounds.whole).contains(leastPairs) { return "leastPairs is \(leastPairs), at least 1 is needed" }
    return (0...1).contains(leastAnswerShare) ? nil : "leastAnswerShare is \(leastAnswerShare), outside [0, 1]"
  }

  /// The first limit that no audit of this program is planned with; nil if it could have planned with all of them.
  ///
  /// A policy is the owner's word before the first question, but not any word is one: with α near 1 every model is guilty.
  /// The ranges are those of `[audits]` (etc/dandyroll.toml), α of at least 10^-9 shared among at most a million claims.
  package var planningFault: String? {
    if let fault { return fault }
    if !(1e-16...0.5).contains(alpha) { return "alpha is \(alpha), and none above 0.5 is planned with" }
    if !(1e-9...0.5).contains(panelAlpha) { return "panelAlpha is \(panelAlpha), outside 10^-9 … 0.5" }
    if leastPairs > 1_000_000 { return "leastPairs is \(leastPairs), above a million" }
    return chanceLevel == Self.usualChanceLevel ? nil : "chanceLevel is \(chanceLevel), not \(Self.usualChanceLevel)"
  }

  package var spending: AlphaSpending { AlphaSpending(alpha: alpha) }
}

extension VerdictPolicy {
  /// - Throws: `DecodingError` for a limit outside of its range.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    alpha = try container.decode(Double.self, forKey: .alpha)
    panelAlpha = try container.decode(Double.self, forKey: .panelAlpha)
    needsPanel = try container.decode(Bool.self, forKey: .needsPanel)
    leastPairs = try container.decode(Int.self, forKey: .leastPairs)
    leastAnswerShare = try container.decode(Double.self, forKey: .leastAnswerShare)
    chanceLevel = try container.decode(Double.self, forKey: .chanceLevel)
    if let fault {
      throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: fault))
    }
  }
}
