import Foundation
import Foundations
import Testing

@testable import Evidence

/// Plans of audits whose claim is an assignment, and what follows from their transcripts.
@Suite struct AssignmentPlanTests {
  /// - Parameter classes: the assigned ones, of eight or as many as that takes.
  private static func plan(
    _ classes: [Int] = [6, 2, 0, 5, 3], keySize: Int? = nil, decoys: Int = 2, images: Int = 16, looks: Int = 1,
    names: Int = 8
  ) -> AuditPlan {
    let count = images * looks
    return AuditPlan(
      suspect: "acme", release: "release-x-1", series: 1, created: 0, model: "m", claim: .assignment(to: classes),
      classes: (0..<names).map { "class \($0)" }, amplitude: 1, keySize: keySize ?? classes.count, decoys: decoys,
      images: images, looks: looks, looksBefore: 0, policy: VerdictPolicy(), margin: 0.25,
      source: .init(
        name: "x.tar", sha256: HexDigest(bytes: [UInt8](repeating: 4, count: 32)), isReleased: true, pool: 100),
      samples: Array(0..<count), labels: (0..<count).map { $0 % names }, reused: 0)
  }

  /// Asks everything; `row` says what is answered to (form, image, label).
  private static func record(_ plan: AuditPlan, _ row: (Int, Int, Int) -> SuspectAnswer?) throws -> AuditRecord {
    var begin = AuditLine(.begin, audit: 1, time: 0)
    begin.model = plan.model
    var lines = [begin]
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
