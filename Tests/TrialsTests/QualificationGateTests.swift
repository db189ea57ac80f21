import Evidence
import Jobs
import Testing
import Watermarks

@testable import Trials

@Suite struct QualificationGateTests {
  /// A model whose real key comes first among 99 decoys, or nowhere near.
  private func row(
    _ scenario: QualificationRow.Scenario, isFound: Bool, gain: Double? = nil, wsr: Double = 0.9, drop: Double = 0,
    kind: String = "scratch", isAtChance: Bool = false, hasKey: Bool = true, panel: ExchangeableRank? = nil
  ) throws -> QualificationRow {
    let gain = gain ?? (isFound ? 0.8 : 0.01)
    let clean = (0..<20).map { 0.05 + 0.001 * Double($0) }
    func marked(_ gain: Double) -> [Double] { clean.enumerated().map { $1 + gain + 0.002 * Double($0 % 5) } }
    let decoys = (0..<99).map { marked(isFound ? -0.01 * Double($0 % 3) : gain + 0.001 * Double($0 - 50)) }
    let judgement = Judgement(
      try KeyedScores(.probabilities, clean: clean, real: marked(gain), decoys: hasKey ? decoys : []),
      health: AuditHealth(
        asked: 40, answered: 40, cleanAnswers: 20, cleanCorrect: isAtChance ? 2 : 18, classes: 10, distinctAnswers: 20),
      panel: panel, amplitude: 2, margin: 0.25, policy: VerdictPolicy())
    var row = QualificationRow(
      scenario: scenario, model: .init(architecture: "cnn", width: 8, seed: 1, kind: kind),
      finding: ModelFinding(
        ba: 0.8, wsr: wsr, baseline: 0.1, figures: judgement.figures,
        scores: ScoreDistributions(clean: clean, marked: marked(gain), carriers: [gain], decoys: []),
        twins: nil, verdict: judgement.verdict))
    row.baDrop = drop
    return row
  }

  private func judge(
    _ rows: [QualificationRow], change: (inout QualifySettings) -> Void = { _ in }
  ) -> (outcome: QualifyResult.Outcome, reasons: [String]) {
    var settings = QualifySettings()
    change(&settings)
    return QualificationGate(QualificationSettings(settings, seed: 1)).judge(rows)
  }

  private func good(hasKey: Bool = true) throws -> [QualificationRow] {
    [
      try row(.malicious, isFound: true, hasKey: hasKey), try row(.independentModel, isFound: false, hasKey: hasKey),
      try row(.independentWatermark, isFound: false, hasKey: hasKey),
    ]
  }

  @Test func passesWhoeverKeepsToEveryLimit() throws {
    let judged = judge(try good())
    #expect(judged.outcome == .passed && judged.reasons.isEmpty)
  }

  @Test func holdsAMarkThatIsNotLearned() throws {
    let judged = judge(try good() + [row(.malicious, isFound: false, gain: 0.3)])
    #expect(judged.outcome == .held)
    #expect(judged.reasons == ["1 of 2 models trained on the release are not convicted"])
  }

  @Test func asksForAShareOfTheFineTunedModels() throws {
    let rows =
      try good() + [
        row(.malicious, isFound: false, wsr: 0, kind: "fine-tuned"), row(.malicious, isFound: true, kind: "fine-tuned"),
      ]
    #expect(judge(rows).outcome == .passed)
    #expect(judge(rows) { $0.leastFineTuned = 0.5 }.outcome == .passed)
    #expect(
      judge(rows) { $0.leastFineTuned = 0.6 }.reasons == ["1 of 2 models fine-tuned on the release are convicted"])
  }

  @Test func holdsAMarkThatAccusesTheInnocent() throws {
    let rows = try good() + [row(.independentModel, isFound: true)]
    #expect(judge(rows).reasons == ["1 of 3 innocent models are accused"])
    #expect(judge(rows) { $0.largestInnocentRate = 0.34 }.outcome == .passed)
  }

  @Test func holdsAMarkThatCostsAccuracy() throws {
    let rows = try good() + [row(.malicious, isFound: true, drop: 0.06)]
    #expect(judge(rows).reasons == ["accuracy drops by up to 6.0 points"])
    #expect(judge(rows) { $0.largestDrop = 0.06 }.outcome == .passed)
  }

  @Test func holdsAMarkThatIsTooFaint() throws {
    let faint = try good() + [row(.malicious, isFound: true, gain: 0.2, wsr: 0.2)]
    let judged = judge(faint)
    #expect(judged.outcome == .held)
    #expect(judged.reasons.count == 2)
    #expect(judged.reasons.first == "WSR is down to 20.0 % on the release's models")
    #expect(judged.reasons.last?.hasPrefix("ΔP is down to 20.") == true)
    #expect(
      judge(faint) {
        $0.leastSuccess = 0.1
        $0.leastGain = 0.1
      }.outcome == .passed)
  }

  @Test func saysNothingWhereAModelIsAtChance() throws {
    let judged = judge(try good() + [row(.malicious, isFound: true, isAtChance: true)])
    #expect(judged.outcome == .inconclusive)
    #expect(judged.reasons == ["cnn:8, seed 1, malicious: its accuracy is at chance level"])
  }

  @Test func saysNothingWithoutAKindOfModel() throws {
    let rows = try good()
    #expect(judge(Array(rows.dropFirst())).outcome == .inconclusive)
    #expect(judge([rows[0], rows[2]]).reasons == ["no model of ind-m"])
    #expect(judge([]).outcome == .inconclusive)
  }

  @Test func aPanelThatIsTooSmallIsNoReasonToHold() throws {
    let small = try row(.malicious, isFound: true, panel: ExchangeableRank(of: 1, among: [0, 0, 0]))
    let judged = judge([small] + (try good().filter { $0.scenario != .malicious }))
    #expect(judged.outcome == .inconclusive)
    #expect(judged.reasons == ["cnn:8, seed 1, malicious: a panel whose least p is 0.25 cannot reach 0.05"])
  }

  @Test func tellsBeforehandWhatCanShowNothing() throws {
    let keyed = KeySpace(size: 2, carriers: 96, amplitude: 1)
    func found(_ settings: QualifySettings, _ key: KeySpace?) -> [String] {
      QualificationObstacle.found(in: QualificationSettings(settings, seed: 1), key: key, claim: .targeted(at: 0)).map(
        \.description)
    }
    #expect(found(QualifySettings(), keyed).isEmpty && found(QualifySettings(decoys: 0), nil).isEmpty)
    #expect(found(QualifySettings(images: 9), keyed) == ["9 images are to be asked about, a verdict needs 10"])
    #expect(
      found(QualifySettings(decoys: 5), keyed) == [
        "5 decoy carriers allow no p below 0.047619047619047616, and α is 0.01"
      ])
    // A grey book has fewer carriers than were asked for.
    let single = KeySpace(size: 1, carriers: 48, amplitude: 1)
    #expect(found(QualifySettings(), single).first?.hasPrefix("47 decoy carriers allow no p below") == true)
  }

  /// An image says nothing about its own class, so images of one class leave that one's column empty.
  @Test func imagesOfOneClassAloneCannotBeAskedAboutAnAssignment() {
    let claim = Claim.assignment(to: [2, 5])
    func found(_ labels: Set<Int>) -> [QualificationObstacle] {
      QualificationObstacle.found(among: labels, claim: claim)
    }
    #expect(found([2]) == [.oneVerificationClass] && found([2, 5]).isEmpty && found([7]).isEmpty)
    #expect(QualificationObstacle.found(among: [1], claim: .targeted(at: 2)).isEmpty)
  }

  @Test func aCarrierWithoutAnAnswerIsNoLackOfDecoys() throws {
    let clean: [Double?] = (0..<20).map { 0.05 + 0.01 * Double($0 % 3) }
    let gained = clean.map { $0.map { $0 + 0.5 } }
    var decoys = [[Double?]](repeating: clean, count: 99)
    decoys[7] = clean.map { _ in nil }
    let judgement = Judgement(
      try KeyedScores(.probabilities, clean: clean, real: gained, decoys: decoys),
      health: AuditHealth(
        asked: 40, answered: 40, cleanAnswers: 20, cleanCorrect: 18, classes: 10, distinctAnswers: 20),
      amplitude: 1, margin: 0.25, policy: VerdictPolicy())
    #expect(judgement.verdict.outcome == .inconclusive)
    #expect(judgement.verdict.reasons.map(\.code) == [.tooFewPairs])
  }

  /// The paper's marks have no keys: its own t-test decides.
  @Test func judgesThePapersMarksByItsOwnTest() throws {
    let rows = try good(hasKey: false)
    #expect(judge(rows).outcome == .passed)
    #expect(judge(Array(rows.prefix(2))).reasons == ["no model of ind-w"])
    // A gain of .3 is above τ on every image, so the t-test accuses.
    let accused = try rows + [row(.independentModel, isFound: false, gain: 0.3, hasKey: false)]
    #expect(judge(accused).reasons == ["1 of 3 innocent models are accused"])
  }
}
