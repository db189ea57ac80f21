import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Audits
@testable import EvidencePackages
@testable import Fixtures
@testable import Releases
@testable import Work

/// Audits of suspects that have not all of our classes, or several as one.
@Suite(.serialized) struct OtherClassesTests {
  let fixture: QualifiedFixture
  /// The assigned ones, and one that is not marked.
  let classes: [Int]
  let unmarked: Int

  init() throws {
    fixture = try QualifiedFixture(of: KeyedFixture.assignment)
    guard case .assignment(let assigned) = try fixture.record.opening().statement.claim else {
      throw WorkError.missing(path: "an assignment")
    }
    classes = assigned
    unmarked = try #require((0..<10).first { !assigned.contains($0) })
  }

  private func spec(_ name: String, number: Int = 1, images: Int = 20, looks: Int = 1) -> AuditSpec {
    AuditSpec(
      suspect: "{}", name: name, credential: nil, release: fixture.release, vault: fixture.vault, images: nil,
      number: number, questions: AuditQuestions(perAudit: 100_000, perDay: 1_000_000, images: images, looks: looks),
      judgement: AuditJudgement(), signingKey: nil, limits: InputLimits())
  }

  private func lacking(_ missing: [Int]) -> SuspectClasses? {
    SuspectClasses((0..<10).map { missing.contains($0) ? nil : $0 })
  }

  private func suspect(_ spec: AuditSpec, _ classes: SuspectClasses?) -> PlayedSuspect {
    let suspect = PlayedSuspect(spec)
    (suspect.classes, suspect.row) = (classes, PlayedSuspect.assigned { _ in 0.7 })
    return suspect
  }

  private func run(_ spec: AuditSpec, _ suspect: PlayedSuspect) throws -> AuditResult {
    try AuditWork(spec, WorkContext(threads: 2), suspect: suspect, now: { 1_800_000_000_000 }).run()
  }

  private func plan(_ name: String, series: Int = 1) throws -> AuditPlan {
    try AuditDirectory(fixture.record, suspect: name).readPlan(series)
  }

  @Test func aSuspectIsAskedAboutTheClassesThatItHasAndThatIsSaid() throws {
    let spec = spec("lacks")
    let result = try run(spec, suspect(spec, lacking([classes[1], unmarked])))
    #expect(result.outcome == "trained-on", "\(result.reasons)")
    let plan = try plan("lacks")
    #expect(plan.answeredAs == lacking([classes[1], unmarked]) && plan.keySize == 5 && plan.scoring.keySize == 4)
    #expect(plan.labels.allSatisfy { ![classes[1], unmarked].contains($0) })
    // Four classes among five carriers and as many more as make ten times the keys that one look needs, 165.
    #expect(result.keys == plan.keys && plan.keys >= 1_650)
    #expect(AuditPlan.keys(of: plan.scoring.claim, ofSize: 4, decoys: plan.decoys) < 1_650)
    let names = [classes[1], unmarked].sorted().map { plan.classes[$0] }
    #expect(result.classes == .init(asked: 8, missing: names, merged: []))
    #expect(result.assignment?.gains.count == 4 && result.assignment?.classes?.count == 4)
    #expect(result.disclosed.classes == result.classes)
    #expect(try CanonicalJSON.decode(AuditResult.self, from: CanonicalJSON.line(result).utf8) == result)
    #expect(result.isComplete && result.pPanel == nil)
    let all = self.spec("has-all")
    let whole = try run(all, suspect(all, nil))
    #expect(whole.classes == nil && whole.outcome == "trained-on" && whole.assignment?.gains.count == 5)
    #expect(try !CanonicalJSON.line(whole).contains("\"lacking\""))
  }

  /// What ties costs keys, and the plan has more carriers for it.
  @Test func classesThatAreOneTakeMoreKeys() throws {
    let pair = [classes[0], classes[3]].sorted()
    let merging = SuspectClasses((0..<10).map { $0 == pair[1] ? pair[0] : $0 })
    let spec = spec("merges")
    let result = try run(spec, suspect(spec, merging))
    #expect(result.outcome == "trained-on", "\(result.reasons)")
    let plan = try plan("merges")
    #expect(AuditPlan.distinctKeys(of: plan.scoring.claim, ofSize: 5, decoys: plan.decoys) * 2 == plan.keys)
    #expect(plan.keys >= 2 * 1_650 && result.pDecoy == 2 / Double(plan.keys))
    #expect(result.classes == .init(asked: 10, missing: [], merged: [pair.map { plan.classes[$0] }]))
  }

  @Test func tooFewOfTheMarkedClassesAreRefusedBeforeAnyQuestion() throws {
    let pair = classes.prefix(2).sorted()
    let merged = (0..<10).map { label -> Int? in
      label == pair[1] ? pair[0] : classes.dropFirst(2).contains(label) ? nil : label
    }
    for (name, has) in [("one-left", lacking(Array(classes.dropFirst()))), ("one-is-two", SuspectClasses(merged))] {
      let spec = spec(name)
      let suspect = suspect(spec, has)
      let error = #expect(throws: WorkError.self) { try run(spec, suspect) }
      #expect(error?.description.contains("too few of the classes") == true)
      // Which ones are marked is not said.
      #expect(classes.allSatisfy { error?.description.contains(DrawnDataset.classNames[$0]) == false })
      #expect(suspect.asked.isEmpty && AuditDirectory(fixture.record, suspect: name).series().isEmpty)
    }
  }

  /// What was not planned as missing is another model, and costs no more than the audit that noticed.
  @Test func classesThatChangeEndTheirSeries() throws {
    let first = spec("changes")
    #expect(try run(first, suspect(first, nil)).outcome == "trained-on")
    let second = spec("changes", number: 2)
    let noticed = try run(second, suspect(second, lacking([classes[0]])))
    #expect(noticed.outcome == "inconclusive" && noticed.modelChanged && noticed.asked == 0)
    let third = spec("changes", number: 3)
    let result = try run(third, suspect(third, lacking([classes[0]])))
    #expect(result.series == 2 && result.classes?.lacking == 1 && result.looks == 2)
    let back = spec("changes", number: 4)
    #expect(try run(back, suspect(back, nil)).outcome == "inconclusive")
  }

  /// An answer that knows a class which was not to be there ends the audit: nothing of it is scored.
  @Test func anAnswerOfAMissingClassIsNoEvidence() throws {
    let spec = spec("knows-more")
    let suspect = suspect(spec, lacking([classes[1]]))
    suspect.telling = { row in
      var row = row
      row[self.classes[1]] = 0.1
      return .probabilities(row)
    }
    #expect(throws: EvidenceError.self) { try run(spec, suspect) }
    #expect(
      !FileManager.default.fileExists(atPath: "\(fixture.record.directory)/audits/knows-more/1/evidence-look-1.tar"))
  }
}
