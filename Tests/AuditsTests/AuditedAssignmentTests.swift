import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Audits

@Suite struct AuditedAssignmentTests {
  /// Of the classes c, a and b, with eight carriers beside the key's three.
  private func plan(claim: Claim = .assignment(to: [2, 0, 1]), images: Int = 18) -> AuditPlan {
    AuditPlan(
      suspect: "acme", release: "release-x-1", series: 1, created: 0, model: "m", claim: claim,
      classes: ["a", "b", String(repeating: "c", count: 100)], amplitude: 1, keySize: 3, decoys: 8, images: images,
      looks: 2, looksBefore: 0, policy: VerdictPolicy(), margin: 0.25,
      source: .init(name: "x.tar", sha256: HexDigest(of: []), isReleased: true, pool: 100),
      samples: Array(0..<2 * images), labels: (0..<2 * images).map { $0 % 3 }, reused: 0)
  }

  /// A round in which `answer` gives the probabilities of an image of a class in a form.
  private func record(_ plan: AuditPlan, answer: (_ form: Int, _ label: Int) -> [Double]) throws -> AuditRecord {
    var begin = AuditLine(.begin, audit: 1, time: 0)
    begin.model = plan.model
    var lines = [begin]
    for number in 0..<plan.questionsARound {
      let question = plan.question(number, round: 0)
      var ask = AuditLine(.ask, audit: 1, time: 1)
      (ask.round, ask.question) = (0, number)
      var said = AuditLine(.answer, audit: 1, time: 2)
      (said.round, said.question) = (0, number)
      said.answer = .probabilities(answer(question.form, plan.labels[question.image]))
      lines += [ask, said]
    }
    return try AuditRecord(plan, lines)
  }

  private func result(of record: AuditRecord) throws -> AuditResult {
    var result = AuditResult(
      suspect: "acme", release: "release-x-1", generator: "00", number: 1, outcome: "", reasons: [])
    result.fill(record, try AuditReckoning(record), number: 1)
    return result
  }

  @Test func theResultHasTheMatrixAndTheHistogramOfAllKeys() throws {
    // Under carrier j the class that it belongs to has .8.
    let record = try record(plan()) { form, _ in
      (0..<3).map { (1...3).contains(form) ? ($0 == [2, 0, 1][form - 1] ? 0.8 : 0.1) : 1.0 / 3 }
    }
    let result = try result(of: record)
    let found = try #require(result.assignment)
    #expect(found.classes == [String(repeating: "c", count: AuditedAssignment.longestName), "a", "b"])
    #expect(found.gains.count == 3 && found.gains.allSatisfy { $0.count == 11 })
    #expect(found.gains[0][0] == 0.8755 && found.gains[0][1] == -1.204 && found.gains[2][10] == 0)
    #expect(result.keys == 990 && found.counts.reduce(0, +) == 990 && result.pDecoy == 1 / 990.0)
    #expect(found.counts.last == 1 && found.images == 18)
    #expect(try #require(found.standardised) > 4)
    #expect(abs(found.nextLevel - 0.01 * 6 / (Double.pi * Double.pi * 4)) < 1e-12)
    #expect(try CanonicalJSON.decode(AuditResult.self, from: CanonicalJSON.line(result).utf8) == result)
  }

  @Test func aModelThatLeansALittleTellsHowManyImagesItTakes() throws {
    // What says nothing about the key says more than what does.
    let record = try record(plan()) { form, label in
      var values = [1.0, 1, 1]
      if (1...3).contains(form) { values[[2, 0, 1][form - 1]] = 1.15 }
      values[(form * 7 + form * form) % 3] *= 1.3
      return values.map { $0 / values.reduce(0, +) }
    }
    let found = try #require(try result(of: record).assignment)
    let (score, needed) = (try #require(found.standardised), try #require(found.imagesNeeded))
    #expect(score > 0 && score < 2.9)
    // The level of the second look is that of 2.96 standard deviations.
    #expect(abs(Double(needed) - 18 * pow(2.963 / score, 2)) <= 2)
  }

  @Test func otherClaimsAndAuditsWithoutARoundHaveNone() throws {
    func clean(_ form: Int, _ label: Int) -> [Double] { [1.0 / 3, 1.0 / 3, 1.0 / 3] }
    #expect(try result(of: record(plan(claim: .targeted(at: 0)), answer: clean)).assignment == nil)
    var begin = AuditLine(.begin, audit: 1, time: 0)
    begin.model = "m"
    #expect(try result(of: AuditRecord(plan(), [begin])).assignment == nil)
    // Without any difference no number of images makes one.
    let found = try result(of: record(plan(), answer: clean)).assignment
    #expect(found?.standardised == nil && found?.imagesNeeded == nil && found?.counts == [990])
  }
}
