import Glibc

extension Verdict {
  /// The one exact test that decides a claim. Which one is settled before the first query: two at α each would spend 2α.
  package enum Instrument: Sendable, Equatable {
    /// One key, all its audits pooled: whether any look so far was at its level. The levels of all looks add up to α, so a
    /// conviction stands.
    case pooledKey(PooledKeyEvidence)
    /// One set of answers that is judged once, at the policy's α: a model in a qualification, or answers fetched by hand,
    /// whose α is its look's share.
    case single(ExchangeableRank, leastPairs: Int)
    /// Exact questions were asked, and one of the carriers has no pair of answers.
    case unanswered
    /// Nothing exact was asked.
    case none
  }

  /// What a verdict is given on.
  package struct Findings: Sendable, Equatable {
    package var health: AuditHealth
    package var instrument: Instrument
    /// The suspect's rank in the reference panel; nil if there is no panel.
    package var panel: ExchangeableRank?
    /// The tests over images, which are never decisive.
    package var paired: PairedTests?

    package init(
      health: AuditHealth, instrument: Instrument, panel: ExchangeableRank? = nil, paired: PairedTests? = nil
    ) {
      self.health = health
      self.instrument = instrument
      self.panel = panel
      self.paired = paired
    }
  }

  /// Obstacles first: whatever forbids a verdict makes it inconclusive. Then the exact test at its level, and with a panel
  /// the panel's p-value too. The t-test only adds a reason.
  package init(_ findings: Findings, policy: VerdictPolicy) {
    var obstacles = findings.health.obstacles(policy)
    let reading = Reading(findings.instrument, policy)
    if let pairs = reading.pairs, pairs < policy.leastPairs {
      obstacles.append(Reason(.tooFewPairs, value: Double(pairs), limit: Double(policy.leastPairs)))
    }
    if let obstacle = reading.obstacle { obstacles.append(obstacle) }
    guard obstacles.isEmpty else {
      self.init(.inconclusive, obstacles)
      return
    }
    var reasons = [reading.reason]
    var convicts = reading.convicts
    if convicts {
      if let panel = findings.panel {
        if panel.leastP > policy.panelAlpha {
          self.init(.inconclusive, reasons + [Reason(.panelTooSmall, value: panel.leastP, limit: policy.panelAlpha)])
          return
        }
        convicts = panel.isAtMost(policy.panelAlpha)
        reasons.append(
          Reason(convicts ? .panelAtLevel : .panelAboveLevel, value: panel.p.value, limit: policy.panelAlpha))
      } else {
        reasons.append(Reason(.noPanel))
        if policy.needsPanel {
          self.init(.inconclusive, reasons)
          return
        }
      }
    }
    if !convicts, case .success(let t) = findings.paired?.t, t.p.isAtMost(policy.alpha) {
      reasons.append(Reason(.tTestAlone, value: t.p.value, limit: policy.alpha))
    }
    self.init(convicts ? .trainedOn : .notShown, reasons)
  }

  /// What the instrument shows.
  private struct Reading {
    let convicts: Bool
    let reason: Reason
    var obstacle: Reason?
    var pairs: Int?

    init(_ instrument: Instrument, _ policy: VerdictPolicy) {
      switch instrument {
      case .pooledKey(let evidence):
        let pairs = evidence.totals?.leastPairs ?? 0
        // The levels were fixed with the key's evidence; a stricter policy of today still holds.
        func level(_ look: PooledKeyEvidence.Look) -> Double {
          min(look.level, policy.spending.level(ofLook: look.number))
        }
        if let decisive = evidence.decisive(at: level) {
          self.init(decisive.rank, level: level(decisive), pairs: pairs)
        } else {
          self.init(convicts: false, reason: Reason(.noLook), obstacle: Reason(.noLook), pairs: pairs)
        }
      case .single(let rank, let pairs):
        self.init(rank, level: policy.alpha, pairs: pairs)
      case .unanswered:
        self.init(convicts: false, reason: Reason(.noLook), pairs: 0)
      case .none:
        self.init(convicts: false, reason: Reason(.noDecoys), obstacle: Reason(.noDecoys))
      }
    }

    private init(_ rank: ExchangeableRank, level: Double, pairs: Int) {
      let convicts = rank.isAtMost(level)
      self.init(
        convicts: convicts,
        reason: Reason(convicts ? .decoyRankAtLevel : .decoyRankAboveLevel, value: rank.p.value, limit: level),
        obstacle: rank.leastP > level ? Reason(.tooFewDecoys, value: rank.leastP, limit: level) : nil, pairs: pairs)
    }

    private init(convicts: Bool, reason: Reason, obstacle: Reason? = nil, pairs: Int? = nil) {
      self.convicts = convicts
      self.reason = reason
      self.obstacle = obstacle
      self.pairs = pairs
    }
  }
}
