import Foundation
import Foundations
import Testing

@testable import Evidence

/// Plans of audits whose claim is an assignment, and what follows from their transcripts.
@Suite struct AssignmentPlanTests {
  /// - Parameter classes: the assigned ones, of eight or as many as that takes.
  private static func plan(
    _ classes: [Int] = [6, 2, 0, 5, 3], keySize: Int? = nil, decoys: Int = 2, images: Int = 16, looks: Int = 1,
    names: Int = 8, answeredAs: [Int?]? = nil
  ) -> AuditPlan {
    let count = images * looks
    let suspect = SuspectClasses(answeredAs)
    let asked = (0..<names).filter { suspect == nil || suspect?.name(of: $0) != nil }
    return AuditPlan(
      suspect: "acme", release: "release-x-1", series: 1, created: 0, model: "m", claim: .assignment(to: classes),
      classes: (0..<names).map { "class \($0)" }, answeredAs: suspect, amplitude: 1, keySize: keySize ?? classes.count,
      decoys: decoys,
      images: images, looks: looks, looksBefore: 0, policy: VerdictPolicy(), margin: 0.25,
      source: .init(
        name: "x.tar", sha256: HexDigest(bytes: [UInt8](repeating: 4, count: 32)), isReleased: true, pool: 100),
      samples: Array(0..<count), labels: (0..<count).map { asked.isEmpty ? 0 : asked[$0 % asked.count] }, reused: 0)
  }

  /// Asks everything; `row` says what is answered to (form, image, label).
  private static func record(
    _ plan: AuditPlan, begin first: AuditLine? = nil, _ row: (Int, Int, Int) -> SuspectAnswer?
  ) throws -> AuditRecord {
    var begin = AuditLine(.begin, audit: 1, time: 0)
    begin.model = plan.model
    var lines = [first ?? begin]
    for round in 0..<plan.looks {
      for number in 0..<plan.questionsARound {
        let question = plan.question(number, round: round)
        var ask = AuditLine(.ask, audit: 1, time: 1)
        (ask.round, ask.question) = (round, number)
        var answer = AuditLine(.answer, audit: 1, time: 2)
        (answer.round, answer.question) = (round, number)
        answer.answer = row(question.form, question.image, plan.labels[question.image])
        lines += [ask, answer]
      }
    }
    return try AuditRecord(plan, lines + [AuditLine(.end, audit: 1, time: 3)])
  }

  /// What a model answers that takes images under each carrier of the key for its class as often as `lift` says.
  private static func row(_ plan: AuditPlan, _ form: Int, _ image: Int, _ label: Int, lift: (Int) -> Double)
    -> SuspectAnswer
  {
    var row = plan.classes.indices.map { 0.01 + 0.001 * Double((form * 5 + image * 3 + $0 * 7) % 11) }
    if case .assignment(let classes) = plan.claim, (1...classes.count).contains(form) {
      row[classes[form - 1]] += lift(form)
    }
    row[label] += 1 - row.reduce(0, +)
    return .probabilities(row.map { min(1, max(0, $0)) })
  }

  @Test func theKeysAreAllWaysToGiveEachClassACarrier() {
    #expect(Self.plan(decoys: 0).keys == 120 && Self.plan(decoys: 2).keys == 2_520)
    #expect(Self.plan(decoys: 20).keys == 1_000_000)
    #expect(Self.plan(decoys: 0).questionsARound == 6 * 16)
  }

  @Test func decoysAreNeededOnlyWhereItsOwnCarriersAreTooFew() {
    func decoys(_ classes: Int, _ keys: Int, most: Int = 50) -> Int {
      AuditPlan.decoys(forKeys: keys, of: .assignment(to: Array(0..<classes)), ofSize: classes, most: most)
    }
    #expect(decoys(7, 1_481) == 0 && decoys(10, 1_000_000) == 0)
    #expect(decoys(5, 120) == 0 && decoys(5, 121) == 1 && decoys(5, 1_481) == 2)
    #expect(decoys(2, 2) == 0 && decoys(2, 3) == 1 && decoys(2, 1_000_000) == 50)
    #expect(decoys(5, 1_481, most: 0) == 0 && decoys(5, 1_481, most: 1) == 1)
  }

  @Test func aPlanIsOneThatAnAssignmentCanHave() {
    #expect(Self.plan().fault == nil && Self.plan(decoys: 0).fault == nil && Self.plan([7, 0], decoys: 0).fault == nil)
    #expect(Self.plan(Array(0..<32), decoys: 256, names: 32).fault == nil)
    // Five million sums in each look.
    #expect(Self.plan(decoys: 20, images: 1, looks: 13).fault == nil)
    for plan in [
      Self.plan(keySize: 4), Self.plan(keySize: 6), Self.plan(keySize: 1), Self.plan(keySize: 0),
      Self.plan(keySize: .max), Self.plan(decoys: -1), Self.plan(decoys: 257), Self.plan([7, 8]),
      Self.plan(decoys: 20, images: 1, looks: 14), Self.plan(decoys: 256, images: 1 << 12),
    ] {
      #expect(plan.fault != nil, "\(plan.claim), \(plan.keySize) carriers, \(plan.decoys) decoys, \(plan.looks) looks")
    }
    // A set of carriers needs something to be ranked among.
    #expect(AuditRecordTests.plan(decoys: 0).fault != nil)
  }

  @Test func aPlanFromAStrangerIsCheckedWhereItIsRead() throws {
    let text = String(decoding: try CanonicalJSON.encode(Self.plan()), as: UTF8.self)
    func plan(_ old: String, _ new: String) -> AuditPlan? {
      #expect(text.contains(old))
      return try? JSONDecoder().decode(AuditPlan.self, from: Data(text.replacingOccurrences(of: old, with: new).utf8))
    }
    #expect(plan("acme", "acme") == Self.plan())
    #expect(plan("[6,2,0,5,3]", "[2,6,0,5,3]")?.claim == .assignment(to: [2, 6, 0, 5, 3]))
    #expect(plan(#""decoys":2"#, #""decoys":0"#)?.keys == 120)
    for (old, new) in [
      ("[6,2,0,5,3]", "[6,2,0,5]"), ("[6,2,0,5,3]", "[6,2,0,5,3,4]"), ("[6,2,0,5,3]", "[6,2,0,5,6]"),
      ("[6,2,0,5,3]", "[6,2,0,5,8]"), ("[6,2,0,5,3]", "[6,2,0,5,-1]"), ("[6,2,0,5,3]", "[]"),
      (#""keySize":5"#, #""keySize":2"#), (#""keySize":5"#, #""keySize":33"#), (#""decoys":2"#, #""decoys":-1"#),
      (#""decoys":2"#, #""decoys":257"#), (#""claimKind":"assignment","#, ""),
      (#""claimKind":"assignment""#, #""claimKind":"untargeted""#),
      (#""claimKind":"assignment""#, #""claimKind":"assignment","targetClass":1"#),
    ] { #expect(plan(old, new) == nil, "\(old) → \(new)") }
  }

  @Test func aModelThatKnowsTheAssignmentIsConvicted() throws {
    let plan = Self.plan()
    let record = try Self.record(plan) { form, image, label in
      Self.row(plan, form, image, label) { $0 == 4 ? 0 : 0.3 }
    }
    let reckoning = try AuditReckoning(record)
    #expect(reckoning.verdict.outcome == .trainedOn, "\(reckoning.verdict.reasons)")
    let look = try #require(reckoning.evidence.looks.first)
    #expect(look.rank.others == 2_519 && look.leastPairs == 16 && look.rank.isAtMost(look.level))
    #expect(look.deltaP > 0.2 && look.rank.score > 1)
    let statement = EvidenceStatement(
      record, reckoning, generator: HexDigest(of: []), time: 0, version: "0", files: [:])
    #expect(statement.looks.first?.gain == look.rank.score && statement.looks.first?.deltaP == look.deltaP)
    #expect((statement.decoyLargest ?? 1) < 0.05)
  }

  /// Carriers that each raise all classes alike, and classes that every carrier raises: all assignments are the same to it.
  @Test func aModelWithAnyLikingForCarriersOrClassesIsNot() throws {
    let plan = Self.plan()
    let record = try Self.record(plan) { form, _, label in
      // Factors of a carrier and of a class; the image's own class says nothing.
      .probabilities(
        plan.classes.indices.map {
          $0 == label ? 0.7 : 0.002 * Double(1 + $0) * (form == 0 ? 1 : 1 + Double(form * form % 7))
        })
    }
    let reckoning = try AuditReckoning(record)
    #expect(reckoning.verdict.outcome == .notShown)
    #expect(reckoning.evidence.looks.first?.rank.p.value == 1)
  }

  /// The key of another release of the same book.
  @Test func aModelThatLearnedAnotherAssignmentIsNot() throws {
    let plan = Self.plan()
    let reckoning = try AuditReckoning(
      Self.record(plan) { form, image, label in
        var row = plan.classes.indices.map { 0.01 + 0.001 * Double((form * 5 + image * 3 + $0 * 7) % 11) }
        let other = [2, 0, 5, 3, 6, 1, 4]
        if form > 0 { row[other[form - 1]] += 0.4 }
        row[label] += 1 - row.reduce(0, +)
        return .probabilities(row.map { min(1, max(0, $0)) })
      })
    #expect(reckoning.verdict.outcome == .notShown)
    let look = try #require(reckoning.evidence.looks.first)
    #expect(look.rank.p.value > 0.1)
  }

  // MARK: - Suspects with other classes

  /// Class 2, of the second carrier, is missing; and 5 and 6, of the fourth and the first, are one.
  private static let lacking: [Int?] = [0, 1, nil, 3, 4, 5, 6, 7]
  private static let merging: [Int?] = [0, 1, 2, 3, 4, 5, 5, 7]

  /// The answers of a model to whose plan others belong, in the names that it has.
  private static func named(_ answer: SuspectAnswer, _ plan: AuditPlan) -> SuspectAnswer {
    guard case .probabilities(let row) = answer else { return answer }
    var named = [Double](repeating: 0, count: row.count)
    for (label, value) in row.enumerated() {
      if let name = plan.name(of: label) { named[name] = min(1, named[name] + value) }
    }
    return .probabilities(named)
  }

  @Test func theKeysAreThoseOfTheClassesThatAreLeft() {
    let lacking = Self.plan(answeredAs: Self.lacking)
    #expect(lacking.keys == 7 * 6 * 5 * 4 && lacking.questionsARound == 8 * 16)
    #expect(lacking.scoring.claim == .assignment(to: [6, 0, 5, 3]) && lacking.scoring.columns == [0, 2, 3, 4])
    #expect(lacking.scoring.carriers == [0, 2, 3, 4, 1, 5, 6] && lacking.scoring.keySize == 4)
    let merging = Self.plan(answeredAs: Self.merging)
    #expect(merging.keys == 2_520 && merging.scoring.claim == .assignment(to: [5, 2, 0, 5, 3]))
    #expect(AuditPlan.distinctKeys(of: merging.scoring.claim, ofSize: 5, decoys: 2) == 1_260)
    #expect(AuditPlan.distinctKeys(of: .assignment(to: [5, 5, 0, 5, 3]), ofSize: 5, decoys: 2) == 420)
    #expect(
      AuditPlan.distinctKeys(of: .assignment(to: Array(repeating: 1, count: 31) + [2]), ofSize: 32, decoys: 0) == 32)
    #expect(AuditPlan.distinctKeys(of: .assignment(to: [5, 5, 0, 5, 3]), ofSize: 5, decoys: 20) == 1_000_000)
    // Twice as many keys are needed where every other one ties.
    func decoys(_ classes: [Int]) -> Int {
      AuditPlan.decoys(forKeys: 2_520, of: .assignment(to: classes), ofSize: 5, most: 50)
    }
    #expect(decoys([5, 2, 0, 6, 3]) == 2 && decoys([5, 2, 0, 5, 3]) == 3)
    let targeted = Claim.targeted(at: 2)
    #expect(targeted.asked(of: SuspectClasses(Self.lacking)) == nil)
    #expect(targeted.asked(of: SuspectClasses(Self.merging))?.claim == targeted)
    #expect(Claim.targeted(at: 6).asked(of: SuspectClasses(Self.merging))?.claim == .targeted(at: 5))
  }

  @Test func aPlanOfOtherClassesIsOneThatASuspectCanHave() throws {
    #expect(Self.plan(answeredAs: Self.lacking).fault == nil && Self.plan(answeredAs: Self.merging).fault == nil)
    #expect(Self.plan(answeredAs: Array(0..<8)).answeredAs == nil)
    for names in [
      [0, 1, nil, 3, 4, 5, 6], [0, 1, 2, 3, 4, 5, 7, 7], [0, 0, 1, 3, 4, 5, 6, 7], [0, 1, 2, 3, 4, 5, 6, -1],
      [0, 1, 2, 3, 4, 5, 6, 8], [nil, nil, nil, nil, nil, nil, nil, 7], [0, 0, 0, 0, 0, 0, 0, 0],
      // Of the assigned classes one is left, or all that are left are one.
      [nil, 1, nil, nil, 4, nil, 6, 7], [nil, 1, nil, nil, 4, 5, 5, 7],
    ] as [[Int?]] { #expect(Self.plan(answeredAs: names).fault != nil, "\(names)") }
    var plan = Self.plan(answeredAs: Self.lacking)
    plan.labels[3] = 2
    #expect(plan.fault == "an image of class 2, which is missing")
    let text = String(decoding: try CanonicalJSON.encode(Self.plan(answeredAs: Self.lacking)), as: UTF8.self)
    #expect(text.contains(#""answeredAs":[0,1,null,3,4,5,6,7]"#))
    #expect(try JSONDecoder().decode(AuditPlan.self, from: Data(text.utf8)) == Self.plan(answeredAs: Self.lacking))
    let needless = text.replacing("null", with: "2")
    #expect(throws: DecodingError.self) { try JSONDecoder().decode(AuditPlan.self, from: Data(needless.utf8)) }
    let plain = try CanonicalJSON.encode(Self.plan())
    #expect(!String(decoding: plain, as: UTF8.self).contains("answeredAs"))
  }

  @Test(arguments: [Self.lacking, Self.merging])
  func aModelThatKnowsWhatIsLeftOfTheAssignmentIsConvicted(answeredAs: [Int?]) throws {
    let plan = Self.plan(decoys: 4, answeredAs: answeredAs)
    var record = try Self.record(plan) { form, image, label in
      Self.named(Self.row(plan, form, image, label) { _ in 0.3 }, plan)
    }
    #expect(record.modelChanged)
    var begin = AuditLine(.begin, audit: 1, time: 0)
    (begin.model, begin.answeredAs) = (plan.model, plan.answeredAs)
    record = try Self.record(plan, begin: begin) { form, image, label in
      Self.named(Self.row(plan, form, image, label) { _ in 0.3 }, plan)
    }
    let reckoning = try AuditReckoning(record)
    #expect(reckoning.verdict.outcome == .trainedOn, "\(reckoning.verdict.reasons)")
    let look = try #require(reckoning.evidence.looks.first)
    #expect(look.rank.others == plan.keys - 1)
    // Exchanging the carriers of two classes that are one to it changes nothing.
    #expect(look.rank.rank == (answeredAs == Self.merging ? 2 : 1))
    #expect(reckoning.health.classes == (answeredAs == Self.merging ? 8 : 7) && reckoning.health.cleanCorrect == 16)
    #expect(reckoning.health.largestGroup == (answeredAs == Self.merging ? 2 : 1))
    #expect(reckoning.successRate ?? 0 >= 0)
    // Another order of the same carriers.
    let innocent = try AuditReckoning(
      Self.record(plan, begin: begin) { form, image, label in
        let other = [2, 0, 5, 3, 6, 1, 4, 7, 2]
        var row = plan.classes.indices.map { 0.01 + 0.001 * Double((form * 5 + image * 3 + $0 * 7) % 11) }
        if form > 0 { row[other[form - 1]] += 0.4 }
        row[label] += 1 - row.reduce(0, +)
        return Self.named(.probabilities(row.map { min(1, max(0, $0)) }), plan)
      })
    #expect(innocent.verdict.outcome == .notShown)
  }

  @Test func imagesOfOneMarkedClassLeaveItsColumnEmpty() {
    var plan = Self.plan()
    #expect(plan.isWholeSomewhere)
    plan.labels = plan.labels.map { _ in 2 }
    #expect(!plan.isWholeSomewhere)
    plan.labels[0] = 7
    #expect(plan.isWholeSomewhere)
    // Of two that are one to the suspect neither says anything about the other.
    var merging = Self.plan(answeredAs: Self.merging)
    merging.labels = merging.labels.indices.map { $0 % 2 == 0 ? 5 : 6 }
    #expect(!merging.isWholeSomewhere)
  }

  @Test func anAnswerThatNamesAMissingClassIsNone() throws {
    for (names, answers) in [
      (Self.lacking, [.label(2), .top([2: 0.5]), .probabilities([0, 0, 0.1, 0, 0, 0, 0, 0.9])]),
      // 6 is called 5.
      (Self.merging, [.label(6), .top([6: 0]), .probabilities([0, 0, 0, 0, 0, 0, 0.1, 0.9])]),
    ] as [([Int?], [SuspectAnswer])] {
      for answer in answers {
        #expect(throws: EvidenceError.self) { try Self.record(Self.plan(answeredAs: names)) { _, _, _ in answer } }
        #expect(throws: Never.self) { try Self.record(Self.plan()) { _, _, _ in answer } }
      }
    }
  }

  /// A plan that lacks a class which the suspect was found to have.
  @Test func otherClassesThanThePlannedOnesAreAnotherModel() throws {
    let plan = Self.plan(decoys: 4)
    var begin = AuditLine(.begin, audit: 1, time: 0)
    (begin.model, begin.answeredAs) = (plan.model, SuspectClasses(Self.lacking))
    let reckoning = try AuditReckoning(
      Self.record(plan, begin: begin) { form, image, label in Self.row(plan, form, image, label) { _ in 0.3 } })
    #expect(reckoning.verdict.outcome == .inconclusive && reckoning.health.modelChanged)
  }

  /// Whatever a clean model answers, the ranks of what is left are those of a fair draw.
  @Test func theRankOfWhatIsLeftIsUniformOverKeys() throws {
    // Values of four classes under six carriers; every key that could have been drawn has its turn.
    func value(_ row: Int, _ carrier: Int) -> Double { Double((row * 37 + carrier * 53 + row * carrier * 11) % 101) }
    let values = (0..<4).map { row in (0..<6).map { value(row, $0) } }
    var ranks: [Int] = []
    for first in 0..<6 {
      for second in 0..<6 where second != first {
        for third in 0..<6 where third != first && third != second {
          // The first class is the missing one: its carrier is one of the rest.
          let own = [first, second, third]
          let order = own + (0..<6).filter { !own.contains($0) }
          let table = values.dropFirst().flatMap { row in order.map { row[$0] } }
          ranks.append(try ExchangeableRank(ofDiagonalIn: table, classes: 3).rank)
        }
      }
    }
    #expect(ranks.count == 120)
    for place in 1...120 { #expect(ranks.count { $0 <= place } <= place) }
  }

  @Test func successIsCountedWhereACarrierIsToBringIt() throws {
    let plan = Self.plan()
    // Every marked image is taken for class 6, the first carrier's; the clean ones for what they are.
    let reckoning = try AuditReckoning(Self.record(plan) { form, _, label in .label(form == 0 ? label : 6) })
    // Two images of each of eight classes: a carrier is asked about 14 that are not of its class.
    #expect(reckoning.successRate == 14.0 / 70)
    #expect(reckoning.evidence.kind == .label && reckoning.verdict.outcome == .notShown)
    let look = try #require(reckoning.evidence.looks.first)
    #expect(look.rank.p.value == 1 && abs(look.rank.score) < 1e-12 && abs(look.deltaP - 0.2) < 1e-12)
  }

  @Test func thePanelIsAskedAboutEachCarriersOwnImages() throws {
    let plan = Self.plan()
    var asked: [[Int]] = []
    let record = try Self.record(plan) { form, image, label in
      form == 2 && image == 3 ? nil : Self.row(plan, form, image, label) { _ in 0.3 }
    }
    let reckoning = try AuditReckoning(record) { images, _ in
      asked = images
      return Array(repeating: 0.01, count: 19)
    }
    let all = Set(0..<16)
    #expect(asked[0] == all.subtracting([6, 14]).sorted())
    #expect(asked[1] == all.subtracting([2, 10, 3]).sorted())
    #expect(asked[4] == all.subtracting([3, 11]).sorted())
    #expect(reckoning.panel?.p.value == 0.05)
  }
}
