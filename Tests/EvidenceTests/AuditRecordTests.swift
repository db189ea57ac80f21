import Foundations
import Testing

@testable import Evidence

@Suite struct AuditRecordTests {
  static let secret = ReleaseSecret(
    generator: HexDigest(bytes: [UInt8](repeating: 1, count: 32)),
    source: HexDigest(bytes: [UInt8](repeating: 2, count: 32)), seed: 3)

  static func plan(keySize: Int = 1, decoys: Int = 199, images: Int = 10, looks: Int = 1, looksBefore: Int = 0)
    -> AuditPlan
  {
    let count = images * looks
    return AuditPlan(
      suspect: "acme", release: "release-x-1", series: 1, created: 0, model: "m", claim: .targeted(at: 0),
      classes: ["a", "b", "c"], amplitude: 2, keySize: keySize, decoys: decoys, images: images, looks: looks,
      looksBefore: looksBefore,
      policy: VerdictPolicy(), margin: 0.25,
      source: .init(
        name: "x.tar", sha256: HexDigest(bytes: [UInt8](repeating: 4, count: 32)), isReleased: true, pool: 100),
      samples: Array(0..<count), labels: (0..<count).map { 1 + $0 % 2 }, reused: 0)
  }

  /// Asks everything and answers with `target`'s probability of the target class for (form, image); nil is no answer.
  static func lines(_ plan: AuditPlan, rounds: Int? = nil, target: (Int, Int) -> Double?) -> [AuditLine] {
    var begin = AuditLine(.begin, audit: 1, time: 0)
    begin.model = plan.model
    var lines = [begin]
    for round in 0..<(rounds ?? plan.looks) {
      for number in plan.order(ofRound: round, with: secret) {
        var ask = AuditLine(.ask, audit: 1, time: 1)
        ask.round = round
        ask.question = number
        lines.append(ask)
        let question = plan.question(number, round: round)
        var answer = AuditLine(.answer, audit: 1, time: 2)
        answer.round = round
        answer.question = number
        if let p = target(question.form, question.image) {
          var row = [p, 0, 0]
          row[plan.labels[question.image]] = 1 - p
          answer.answer = .probabilities(row)
        }
        lines.append(answer)
      }
    }
    lines.append(AuditLine(.end, audit: 1, time: 3))
    return lines
  }

  /// The release's key answers; everything else does as little as an innocent model.
  static func guilty(_ form: Int, _ image: Int) -> Double {
    form == 1 ? 0.8 : 0.02 + 0.001 * Double((form + image) % 7)
  }

  @Test func aPlanAsksEveryFormOfEveryImageOnceInAShuffledOrder() {
    let plan = Self.plan(decoys: 5, images: 4, looks: 2)
    let orders = (0..<2).map { plan.order(ofRound: $0, with: Self.secret) }
    for order in orders {
      #expect(order.sorted() == Array(0..<28))
      #expect(order != order.sorted())
    }
    #expect(orders[0] != orders[1])
    #expect(plan.question(0, round: 1) == .init(form: 0, image: 4))
    #expect(plan.question(5, round: 0).carrier == 0)
    #expect(plan.question(27, round: 1).carrier == 5)
    #expect(plan.fault == nil)
  }

  /// A package may hold such a plan; checking it would take minutes and gigabytes.
  @Test func aPlanThatNobodyCouldAskIsNotChecked() {
    #expect(Self.plan(keySize: 3, decoys: 100, images: 100, looks: 100).fault == nil)
    #expect(Self.plan(keySize: 3, decoys: 256, images: 10, looks: 3).fault == nil)
    for plan in [
      Self.plan(decoys: 256, images: 1 << 20), Self.plan(decoys: 256, images: 1 << 12),
      Self.plan(decoys: 1, images: 1, looks: 1 << 20), Self.plan(keySize: 4, decoys: 256, images: 10),
      Self.plan(keySize: 3, decoys: 256, images: 1, looks: 100), Self.plan(decoys: 257),
    ] {
      #expect(!plan.isBearable && plan.fault != nil, "\(plan.images) images, \(plan.decoys) decoys")
    }
    var plan = Self.plan()
    plan.suspect = String(repeating: "x", count: 2000)
    #expect(plan.fault != nil)
  }

  @Test func aModelThatKnowsTheKeyIsConvictedAtTheLook() throws {
    let plan = Self.plan()
    let reckoning = try AuditReckoning(AuditRecord(plan, Self.lines(plan, target: Self.guilty)))
    #expect(reckoning.verdict.outcome == .trainedOn)
    #expect(reckoning.evidence.looks.count == 1)
    #expect(reckoning.evidence.looks[0].p.value == 0.005)
    #expect(reckoning.successRate == 1)
  }

  @Test func aKeyOfThreeIsRankedAmongAllThatCouldHaveBeenDrawn() throws {
    let plan = Self.plan(keySize: 3, decoys: 8)
    #expect(plan.keys == 165 && plan.questionsARound == 120)
    #expect(AuditPlan.decoys(forKeys: 165, of: plan.claim, ofSize: 3, most: 93) == 8)
    #expect(AuditPlan.decoys(forKeys: 1481, of: plan.claim, ofSize: 3, most: 93) == 19)
    #expect(AuditPlan.decoys(forKeys: 1_000_000, of: plan.claim, ofSize: 3, most: 93) == 93)
    let lines = Self.lines(plan) { form, image in (1...3).contains(form) ? 0.8 : Self.guilty(form + 5, image) }
    let reckoning = try AuditReckoning(AuditRecord(plan, lines))
    #expect(reckoning.verdict.outcome == .trainedOn)
    #expect(reckoning.evidence.looks[0].p.value == 1 / 165.0)
    // Two of the three are not enough for the head of the ranks.
    let two = Self.lines(plan) { form, image in (2...4).contains(form) ? 0.8 : Self.guilty(form + 5, image) }
    #expect(try AuditReckoning(AuditRecord(plan, two)).verdict.outcome == .notShown)
  }

  @Test func anUnfinishedRoundIsNoLook() throws {
    let plan = Self.plan()
    let lines = Array(Self.lines(plan, target: Self.guilty).dropLast(3))
    let reckoning = try AuditReckoning(AuditRecord(plan, lines))
    #expect(reckoning.evidence.looks.isEmpty)
    #expect(reckoning.verdict.outcome == .inconclusive)
    #expect(reckoning.verdict.reasons.map(\.code).contains(.noLook))
  }

  @Test func aModelThatLeansToEveryKeyIsNotConvicted() throws {
    let plan = Self.plan()
    let lines = Self.lines(plan) { form, image in form == 0 ? 0.1 : 0.7 + 0.001 * Double((form * 37 + image) % 200) }
    #expect(try AuditReckoning(AuditRecord(plan, lines)).verdict.outcome == .notShown)
  }

  @Test func looksOfAnEarlierSeriesArePaidFor() throws {
    let plan = Self.plan(looksBefore: 1)
    let reckoning = try AuditReckoning(AuditRecord(plan, Self.lines(plan, target: Self.guilty)))
    #expect(reckoning.evidence.looks[0].number == 2)
    // 199 decoys do not pay for a second look.
    #expect(reckoning.verdict.outcome == .inconclusive)
    #expect(reckoning.verdict.reasons.map(\.code).contains(.tooFewDecoys))
  }

  @Test func anotherModelOrAnOutageIsInconclusive() throws {
    let plan = Self.plan(decoys: 999, looks: 2)
    // One of two rounds.
    var lines = Self.lines(plan, rounds: 1, target: Self.guilty)
    lines[0].model = "other"
    #expect(try AuditReckoning(AuditRecord(plan, lines)).verdict.reasons.map(\.code) == [.modelChanged])
    lines[0].model = plan.model
    lines[lines.count - 1].interruption = .outage
    #expect(try AuditReckoning(AuditRecord(plan, lines)).verdict.reasons.map(\.code) == [.outage])
  }

  @Test(arguments: [AuditHealth.Interruption.outage, .rateLimit, .refused, .budget])
  func anOutageAfterTheLastQuestionTakesNothingAway(_ interruption: AuditHealth.Interruption) throws {
    let plan = Self.plan()
    var lines = Self.lines(plan, target: Self.guilty)
    let verdict = try AuditReckoning(AuditRecord(plan, lines)).verdict
    var begin = AuditLine(.begin, audit: 2, time: 4)
    begin.model = plan.model
    var end = AuditLine(.end, audit: 2, time: 5)
    end.interruption = interruption
    lines += [begin, end]
    #expect(try AuditReckoning(AuditRecord(plan, lines)).verdict == verdict)
    #expect(verdict.outcome == .trainedOn)
  }

  @Test func answersOfAnotherKindAreAnotherModel() throws {
    let plan = Self.plan(images: 2)
    var lines = Self.lines(plan, target: Self.guilty)
    let index = try #require(lines.firstIndex { $0.event == .answer })
    lines[index].answer = .label(1)
    let verdict = try AuditReckoning(AuditRecord(plan, lines)).verdict
    #expect(verdict.outcome == .inconclusive)
    #expect(verdict.reasons.map(\.code).contains(.modelChanged))
  }

  @Test func lostAnswersCostTheirKeyAnImageAndNothingElse() throws {
    let plan = Self.plan(images: 12)
    let lines = Self.lines(plan) { form, image in image == form % 12 && form > 0 ? nil : Self.guilty(form, image) }
    let reckoning = try AuditReckoning(AuditRecord(plan, lines))
    #expect(reckoning.evidence.totals?.leastPairs == 11)
    #expect(reckoning.verdict.outcome == .trainedOn)
  }

  @Test func theSuspectIsRankedAmongReferencesOnTheImagesThatItAnswered() throws {
    let plan = Self.plan(images: 12)
    let lines = Self.lines(plan) { form, image in form == 1 && image == 3 ? nil : Self.guilty(form, image) }
    var asked: [Int] = []
    let reckoning = try AuditReckoning(AuditRecord(plan, lines)) { images, _ in
      asked = images[0]
      return Array(repeating: 0.01, count: 19)
    }
    #expect(asked == [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11])
    #expect(reckoning.panel?.p.value == 0.05)
    #expect(reckoning.verdict.reasons.map(\.code) == [.decoyRankAtLevel, .panelAtLevel])
    let high = try AuditReckoning(AuditRecord(plan, lines)) { _, _ in Array(repeating: 0.9, count: 19) }
    #expect(high.verdict.outcome == .notShown)
  }

  @Test func aPostponedQuestionIsAskedAgainAndAnAskedOneIsNot() throws {
    let plan = Self.plan(decoys: 1, images: 1)
    var begin = AuditLine(.begin, audit: 1, time: 0)
    begin.model = plan.model
    var ask = AuditLine(.ask, audit: 1, time: 0)
    ask.round = 0
    ask.question = 2
    var postponed = AuditLine(.answer, audit: 1, time: 0)
    postponed.round = 0
    postponed.question = 2
    postponed.postponed = true
    var record = try AuditRecord(plan, [begin, ask, postponed])
    #expect(record.asked[0].isEmpty && record.askedByAudit[1] == 0)
    try record.add(ask, 4)
    #expect(record.asked[0] == [2])
    #expect(throws: EvidenceError.strayLine(line: 5, reason: "question 2 is asked twice")) { try record.add(ask, 5) }
  }

  @Test func refusesAnswersOutOfTheirRangeAndToQuestionsThatWereNotAsked() throws {
    let plan = Self.plan(decoys: 1, images: 1)
    var answer = AuditLine(.answer, audit: 1, time: 0)
    answer.round = 0
    answer.question = 0
    answer.answer = .label(0)
    #expect(throws: EvidenceError.self) { try AuditRecord(plan, [answer]) }
    var ask = AuditLine(.ask, audit: 1, time: 0)
    ask.round = 0
    ask.question = 0
    for wrong: SuspectAnswer in [
      .label(3), .probabilities([1, 0]), .probabilities([2, 0, 0]), .top([9: 0.5]), .top([:]),
    ] {
      answer.answer = wrong
      #expect(throws: EvidenceError.self) { try AuditRecord(plan, [ask, answer]) }
    }
  }

  @Test func innocentModelsAreConvictedAtMostAtTheLevel() throws {
    // 400 models, each with a persistent leaning of its own towards every key: the rank is uniform.
    let plan = Self.plan(decoys: 19, images: 2)
    var convicted = 0
    for model in 0..<400 {
      func lean(_ form: Int) -> Double {
        var state = UInt64(model * 1000 + form) &* 0x9E37_79B9_7F4A_7C15
        state ^= state >> 29
        state = state &* 0xBF58_476D_1CE4_E5B9
        return Double(state >> 40) / Double(1 << 24)
      }
      let record = try AuditRecord(plan, Self.lines(plan) { form, _ in form == 0 ? 0 : lean(form) })
      let rank = try #require(AuditReckoning(record).evidence.looks.first?.rank)
      if rank.isAtMost(0.05) { convicted += 1 }
    }
    // 5 % of 400 is 20, and 40 is more than four standard deviations away.
    #expect(convicted > 4 && convicted < 40)
  }
}
