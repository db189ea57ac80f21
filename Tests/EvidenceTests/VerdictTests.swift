import Foundation
import Testing

@testable import Evidence

@Suite struct VerdictTests {
  static let healthy = AuditHealth(
    asked: 1_000, answered: 990, cleanAnswers: 100, cleanCorrect: 80, classes: 10, distinctAnswers: 9)
  static let policy = VerdictPolicy()

  /// A rank of 1 + `above` among n others.
  static func rank(_ above: Int, of others: Int) throws -> ExchangeableRank {
    try ExchangeableRank(of: 0.5, among: (0..<others).map { $0 < above ? 1.0 : 0.0 })
  }

  static func single(_ above: Int, of others: Int = 199, pairs: Int = 50) throws -> Verdict.Instrument {
    .single(try rank(above, of: others), leastPairs: pairs)
  }

  static func judge(
    _ instrument: Verdict.Instrument, health: AuditHealth = healthy, panel: ExchangeableRank? = nil,
    paired: PairedTests? = nil, policy: VerdictPolicy = policy
  ) -> (outcome: Verdict.Outcome, codes: [Verdict.Reason.Code]) {
    let verdict = Verdict(.init(health: health, instrument: instrument, panel: panel, paired: paired), policy: policy)
    return (verdict.outcome, verdict.reasons.map(\.code))
  }

  /// 100 images on which every P_w is far above P_b: p of the t-test below 1e-100.
  static func overwhelming() throws -> PairedTests {
    let marked = (0..<100).map { Optional(0.9 + Double($0 % 5) * 0.01) }
    return PairedTests(
      try KeyScores(.probabilities, clean: [Double?](repeating: 0.01, count: 100), marked: marked), margin: 0.25)
  }

  @Test func convictsByTheDecoysAndSaysThatNoPanelWasAsked() throws {
    #expect(Self.judge(try Self.single(0)) == (.trainedOn, [.decoyRankAtLevel, .noPanel]))
    #expect(Self.judge(try Self.single(1)) == (.trainedOn, [.decoyRankAtLevel, .noPanel]))
    #expect(Self.judge(try Self.single(2)) == (.notShown, [.decoyRankAboveLevel]))
  }

  @Test func theTTestAloneNeverDecides() throws {
    let paired = try Self.overwhelming()
    #expect(try paired.t.get().p.ln < -230)
    #expect(Self.judge(try Self.single(90), paired: paired) == (.notShown, [.decoyRankAboveLevel, .tTestAlone]))
    #expect(Self.judge(.none, paired: paired) == (.inconclusive, [.noDecoys]))
    #expect(Self.judge(.unanswered, paired: paired) == (.inconclusive, [.tooFewPairs]))
  }

  @Test func aPanelMustAgree() throws {
    let first = try Self.single(0)
    #expect(Self.judge(first, panel: try Self.rank(0, of: 19)) == (.trainedOn, [.decoyRankAtLevel, .panelAtLevel]))
    #expect(Self.judge(first, panel: try Self.rank(1, of: 19)) == (.notShown, [.decoyRankAtLevel, .panelAboveLevel]))
    #expect(Self.judge(first, panel: try Self.rank(0, of: 18)) == (.inconclusive, [.decoyRankAtLevel, .panelTooSmall]))
    let strict = VerdictPolicy(needsPanel: true)
    #expect(Self.judge(first, policy: strict) == (.inconclusive, [.decoyRankAtLevel, .noPanel]))
    // A panel cannot convict where the decoys do not.
    #expect(Self.judge(try Self.single(50), panel: try Self.rank(0, of: 99)) == (.notShown, [.decoyRankAboveLevel]))
  }

  @Test(arguments: [
    (AuditHealth.Interruption.outage, Verdict.Reason.Code.outage), (.rateLimit, .rateLimited), (.refused, .refused),
    (.budget, .budgetSpent),
  ]) func anInterruptedAuditIsNoEvidence(_ cause: AuditHealth.Interruption, _ code: Verdict.Reason.Code) throws {
    var health = Self.healthy
    health.interruption = cause
    #expect(Self.judge(try Self.single(0), health: health) == (.inconclusive, [code]))
    #expect(Self.judge(try Self.single(150), health: health) == (.inconclusive, [code]))
  }

  @Test func badAnswersAreNoEvidence() throws {
    func judged(_ change: (inout AuditHealth) -> Void) throws -> [Verdict.Reason.Code] {
      var health = Self.healthy
      change(&health)
      let judged = Self.judge(try Self.single(0), health: health)
      #expect(judged.outcome == .inconclusive)
      return judged.codes
    }
    #expect(try judged { $0.modelChanged = true } == [.modelChanged])
    #expect(try judged { $0.answered = 700 } == [.tooFewAnswers])
    #expect(try judged { ($0.asked, $0.answered) = (0, 0) } == [.tooFewAnswers])
    #expect(try judged { $0.cleanCorrect = 12 } == [.accuracyAtChance])
    #expect(try judged { ($0.cleanAnswers, $0.cleanCorrect) = (0, 0) } == [.accuracyAtChance])
    #expect(
      try judged { ($0.cleanAnswers, $0.cleanCorrect, $0.distinctAnswers) = (0, 0, 0) } == [.accuracyAtChance])
    #expect(try judged { $0.classes = 1 } == [.accuracyAtChance])
    #expect(try judged { $0.distinctAnswers = 1 } == [.constantAnswers])
    #expect(
      try judged { ($0.interruption, $0.modelChanged, $0.answered) = (.outage, true, 3) }
        == [.outage, .modelChanged, .tooFewAnswers])
    #expect(Self.judge(try Self.single(0, pairs: 9)) == (.inconclusive, [.tooFewPairs]))
  }

  @Test func tooFewDecoysCanShowNothing() throws {
    #expect(Self.judge(try Self.single(0, of: 98)) == (.inconclusive, [.tooFewDecoys]))
    #expect(Self.judge(try Self.single(0, of: 99)).outcome == .trainedOn)
    // At the second look α/4.06 is left, which 199 decoys cannot reach.
    var evidence = PooledKeyEvidence(
      SequentialEvidenceTests.key, decoys: 199, spending: AlphaSpending(alpha: 0.01))
    var judged = [Self.judge(.pooledKey(evidence)).codes]
    for real in [0.0, 5] {
      try evidence.absorb(
        SequentialEvidenceTests.totals(real: real, decoys: [0.1] + [Double](repeating: 0, count: 198)), .label)
      try evidence.look()
      judged.append(Self.judge(.pooledKey(evidence)).codes)
    }
    #expect(judged == [[.tooFewPairs, .noLook], [.decoyRankAboveLevel], [.tooFewDecoys]])
  }

  @Test func aConvictionStandsAtLaterLooks() throws {
    let evidence = try SequentialEvidenceTests.leading(0, looks: 5)
    #expect(Self.judge(.pooledKey(evidence), policy: VerdictPolicy(alpha: 0.05)).outcome == .trainedOn)
    // By a stricter policy than the one it was begun with it does not.
    #expect(Self.judge(.pooledKey(evidence), policy: VerdictPolicy(alpha: 0.001)) == (.inconclusive, [.tooFewDecoys]))
  }

  @Test func peopleCanReadIt() {
    func sentence(_ code: Verdict.Reason.Code, _ value: Double? = nil, _ limit: Double? = nil) -> String {
      Verdict.Reason(code, value: value, limit: limit).sentence
    }
    #expect(
      sentence(.accuracyAtChance, 0.015625000000000007, 0.01)
        == "the accuracy on clean images is at chance level: p = 0.016, at most 0.01 tells it from guessing")
    // Two digits would make them equal.
    #expect(sentence(.decoyRankAboveLevel, 0.01004, 0.01).contains("p = 0.01004, at most 0.01 would"))
    #expect(sentence(.decoyRankAtLevel, 0.01, 0.01).contains("p = 0.01, at most 0.01 convicts"))
    #expect(sentence(.tooFewPairs, 9, 10) == "9 images were answered both clean and marked, 10 are needed")
    #expect(sentence(.tooFewAnswers, 0.7999, 0.8) == "79 % of the questions were answered, 80 % are needed")
    for code in Verdict.Reason.Code.allCases {
      let text = sentence(code, 0.25, 0.5)
      #expect(!text.contains(code.rawValue) || code == .outage || code == .refused, "\(text)")
      #expect(!text.contains("unknown") && text.contains(" "), "\(text)")
    }
  }

  @Test func programsCanReadIt() throws {
    let verdict = Verdict(.init(health: Self.healthy, instrument: try Self.single(0)), policy: Self.policy)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let json = String(decoding: try encoder.encode(verdict), as: UTF8.self)
    #expect(
      json == #"{"outcome":"trained-on","reasons":["#
        + #"{"code":"decoy-rank-at-level","limit":0.01,"value":0.005},{"code":"no-panel"}]}"#)
    #expect(try JSONDecoder().decode(Verdict.self, from: Data(json.utf8)) == verdict)
  }
}
