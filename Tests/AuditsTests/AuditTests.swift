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

@Suite(.serialized) struct AuditTests {
  let fixture: KeyedFixture

  init() throws { fixture = try KeyedFixture.shared.get() }

  /// A suspect of its own for each test: series are kept by its name.
  private func spec(
    _ name: String, number: Int = 1, perAudit: Int = 10_000, images: Int = 10, looks: Int = 1, decoys: Int = 0,
    key: String? = nil
  ) -> AuditSpec {
    AuditSpec(
      suspect: "{}", name: name, credential: nil, release: fixture.release, vault: fixture.vault, images: nil,
      number: number,
      questions: AuditQuestions(
        perAudit: perAudit, perDay: 1_000_000, images: images, looks: looks, decoys: decoys),
      judgement: AuditJudgement(), signingKey: key, limits: InputLimits())
  }

  private func run(_ spec: AuditSpec, _ suspect: PlayedSuspect) throws -> AuditResult {
    try AuditWork(spec, WorkContext(threads: 2), suspect: suspect, now: { 1_800_000_000_000 }).run()
  }

  private func lines(_ result: AuditResult) throws -> [AuditLine] {
    try AuditJournal.read(try #require(result.transcript))
  }

  @Test func convictsAModelThatAnswersToTheKeyAndWritesEvidenceThatHolds() throws {
    let directory = try TemporaryDirectory()
    _ = try OwnerKeyFiles(name: directory.file("owner"))
    let spec = spec("guilty", key: directory.file("owner.key"))
    let result = try run(spec, PlayedSuspect(spec))
    #expect(result.outcome == "trained-on", "\(result.reasons)")
    // 165 keys of three are the fewest that pay for one look at 1 %: eight decoy carriers.
    #expect(result.decoys == 8 && result.keys == 165 && result.asked == 120 && result.isComplete)
    #expect(result.pDecoy == 1 / 165.0)
    let package = try #require(result.package)
    for path in [package, String(package.dropLast(4))] {
      let verification = try EvidenceVerification(package: path, ownerKey: directory.file("owner.pub"))
      #expect(verification.holds, "\(verification.checks.filter { !$0.holds })")
      #expect(verification.verdict.outcome == .trainedOn)
      #expect(verification.signedBy != nil)
    }
    _ = try OwnerKeyFiles(name: directory.file("stranger"))
    let other = try EvidenceVerification(package: package, ownerKey: directory.file("stranger.pub"))
    #expect(!other.holds && other.signedBy == nil)
    // Anybody can sign with a key of his own and put that into the package.
    func rules(_ ownerKey: String?) throws -> [String] {
      try EvidenceVerification(package: package, ownerKey: ownerKey).checks.map(\.rule)
    }
    #expect(try rules(directory.file("owner.pub")).contains("statement.json is signed by the owner's key"))
    #expect(
      try rules(nil).contains(
        "statement.json is signed by the key in the package, whose owner only --owner-key can tell"))
  }

  /// With eight decoys the second look could convict nobody: one round is planned, and its evidence holds.
  @Test func plansNoLookThatCouldNotConvict() throws {
    let spec = spec("early-end", looks: 3, decoys: 8)
    let result = try run(spec, PlayedSuspect(spec))
    #expect(result.outcome == "trained-on" && result.looks == 1 && result.isComplete && result.asked == 120)
    #expect(try EvidenceVerification(package: try #require(result.package), ownerKey: nil).holds)
  }

  @Test func asksNothingWhereNoAnswerCouldConvict() throws {
    var spec = spec("hopeless", decoys: 8)
    spec.judgement.alpha = 0.001
    let suspect = PlayedSuspect(spec)
    let error = #expect(throws: WorkError.self) { try run(spec, suspect) }
    #expect(
      error?.description.hasPrefix(
        "suspect hopeless: no answers could convict: 165 keys can be told apart with 8 decoy carriers, which is a p of")
        == true)
    #expect(
      !FileManager.default.fileExists(atPath: "\(fixture.vault)/release-drawn-1/audits/hopeless/1/transcript.jsonl"))
  }

  @Test func aPackageThatWasChangedAnywhereDoesNotHold() throws {
    let spec = spec("tampered")
    let result = try run(spec, PlayedSuspect(spec))
    let folder = String(try #require(result.package).dropLast(4))
    for name in ["statement.json", "plan.json", "opening.json", "transcript.jsonl", "release.json"] {
      let directory = try TemporaryDirectory()
      let copy = directory.file("copy")
      try FileManager.default.copyItem(atPath: folder, toPath: copy)
      let path = "\(copy)/\(name)"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      let changes = [
        "statement.json": ("\"trained-on\"", "\"not-shown\""), "plan.json": ("\"created\":1800000000", "\"created\":1"),
        "opening.json": ("\"targetClass\":1", "\"targetClass\":2"), "transcript.jsonl": ("0.8", "0.9"),
        "release.json": ("\"version\":1", "\"version\":2"),
      ]
      let (old, new) = try #require(changes[name])
      #expect(text.contains(old), "\(name)")
      try text.replacingOccurrences(of: old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
      let verification = try EvidenceVerification(package: copy, ownerKey: nil)
      #expect(!verification.holds, "\(name)")
    }
    let directory = try TemporaryDirectory()
    let copy = directory.file("copy")
    try FileManager.default.copyItem(atPath: folder, toPath: copy)
    try Data().write(to: URL(fileURLWithPath: "\(copy)/else"))
    #expect(throws: WorkError.self) { try EvidenceVerification(package: copy, ownerKey: nil) }
  }

  /// What is on the disk when a process dies: a question costs its answer only if it died between the two.
  @Test(arguments: PlayedSuspect.Death.allCases)
  func aKilledAuditLosesNoAnswerAndRepeatsNoQuestion(death: PlayedSuspect.Death) throws {
    var spec = spec("killed-\(death)", decoys: 30)
    // A lost answer costs its carrier a pair.
    spec.judgement.leastPairs = 5
    let suspect = PlayedSuspect(spec)
    suspect.death = death
    var deaths = 0
    while true {
      suspect.failsAfter = 37
      do {
        let result = try run(spec, suspect)
        #expect(result.isComplete)
        let open = [.unsent, .unanswered].contains(death) ? deaths : 0
        #expect(result.seriesAsked == 340 && result.seriesAnswered == 340 - open)
        // Whatever was written down before a death is there, and the transcript of all lives is one that holds together.
        let lines = try lines(result)
        #expect(lines.count { $0.event == .ask } == 340 && lines.count { $0.event == .answer } == 340 - open)
        #expect(lines.count { $0.event == .begin } == deaths + 1 && lines.last?.event == .end)
        let verification = try EvidenceVerification(package: try #require(result.package), ownerKey: nil)
        #expect(verification.holds && verification.verdict.outcome == .trainedOn)
        break
      } catch is PlayedSuspect.Killed {
        deaths += 1
        // What a death in the middle of a line leaves.
        let path = "\(fixture.vault)/release-drawn-1/audits/\(spec.name)/1/transcript.jsonl"
        let file = try #require(FileHandle(forWritingAtPath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data("{\"event\":\"answ".utf8))
        try file.close()
      }
    }
    #expect(deaths >= 8)
    #expect(Set(suspect.asked).count == suspect.asked.count)
    #expect(suspect.asked.count == (death == .unsent ? 340 - deaths : 340))
  }

  /// Deaths outside of asking: the plan is drawn and nothing is asked; everything is answered and nothing is concluded.
  @Test func anAuditThatDiesBeforeItsFirstOrAfterItsLastQuestionGoesOnFromThere() throws {
    let spec = spec("edges")
    let suspect = PlayedSuspect(spec)
    suspect.failsAfter = 0
    suspect.death = .before
    #expect(throws: PlayedSuspect.Killed.self) { try run(spec, suspect) }
    let record = Vault(root: fixture.vault, release: "release-drawn-1")
    let audits = AuditDirectory(record, suspect: "edges")
    let plan = try audits.readPlan(1)
    suspect.failsAfter = plan.questions - 1
    suspect.death = .answered
    #expect(throws: PlayedSuspect.Killed.self) { try run(spec, suspect) }
    #expect(suspect.asked.count == plan.questions)
    let result = try run(spec, suspect)
    #expect(try audits.readPlan(1) == plan && audits.series() == [1])
    #expect(suspect.asked.count == plan.questions)
    #expect(result.isComplete && result.seriesAnswered == plan.questions && result.outcome == "trained-on")
  }

  @Test func aRoundTakesAsManyAuditsAsItsBudgetNeeds() throws {
    var outcomes: [String] = []
    var asked: [Int] = []
    for number in 1...5 {
      let spec = spec("patient", number: number, perAudit: 50)
      let result = try run(spec, PlayedSuspect(spec))
      outcomes.append(result.outcome)
      asked.append(result.asked)
    }
    #expect(asked == [50, 50, 20, 0, 0])
    #expect(outcomes == ["inconclusive", "inconclusive", "trained-on", "trained-on", "trained-on"])
  }

  /// An early look convicts, the last one would not: p and level are those of the look that the verdict rests on.
  @Test func showsTheLookThatDecides() throws {
    let spec = spec("early", looks: 2)
    let suspect = PlayedSuspect(spec)
    suspect.target = { form, image in (1...3).contains(form) == (image < 10) && form > 0 ? 0.8 : 0.02 }
    let result = try run(spec, suspect)
    #expect(result.outcome == "trained-on" && result.looks == 2)
    let reason = try #require(result.reasons.first { $0.value == result.pDecoy })
    #expect(reason.limit == result.level && (result.pDecoy ?? 1) <= (result.level ?? 0))
  }

  @Test func anAuditThatIsRunAgainAfterItsEndAsksNothing() throws {
    let spec = spec("again", perAudit: 100, decoys: 30)
    let first = try run(spec, PlayedSuspect(spec))
    let suspect = PlayedSuspect(spec)
    #expect(try run(spec, suspect) == first)
    #expect(suspect.asked.isEmpty)
  }

  @Test func anOutageIsInconclusiveAndTheNextAuditGoesOn() throws {
    let first = spec("down", decoys: 30)
    let suspect = PlayedSuspect(first)
    suspect.failsAfter = 100
    suspect.failure = .interrupted(.outage)
    let down = try run(first, suspect)
    #expect(down.outcome == "inconclusive" && down.interruption == "outage" && down.asked == 100)
    #expect(down.reasons.contains { $0.code == "outage" })
    let second = spec("down", number: 2, decoys: 30)
    let result = try run(second, PlayedSuspect(second))
    #expect(result.asked == 240 && result.interruption == nil)
  }

  @Test func anOutageAfterTheLastQuestionLeavesTheVerdict() throws {
    let first = spec("then-down")
    let verdict = try run(first, PlayedSuspect(first))
    let second = spec("then-down", number: 2)
    let suspect = PlayedSuspect(second)
    suspect.identityEnd = .interrupted(.outage)
    let result = try run(second, suspect)
    #expect(verdict.outcome == "trained-on" && result.outcome == "trained-on" && result.reasons == verdict.reasons)
    #expect(result.asked == 0 && result.seriesAsked == result.seriesQuestions && result.interruption == "outage")
  }

  @Test func aSuspectThatNobodyCanReachIsInconclusive() throws {
    let spec = spec("silent")
    let suspect = PlayedSuspect(spec)
    suspect.identityEnd = .interrupted(.refused)
    let result = try run(spec, suspect)
    #expect(result.outcome == "inconclusive" && result.series == 0 && result.transcript == nil)
    #expect(result.reasons.map(\.code) == ["refused"])
  }

  @Test func aChangedModelEndsItsSeriesAndTheNextAuditBeginsOneThatPaysForMore() throws {
    let first = spec("moving", decoys: 0)
    let suspect = PlayedSuspect(first)
    #expect(try run(first, suspect).outcome == "trained-on")
    let second = spec("moving", number: 2)
    let moved = PlayedSuspect(second)
    moved.model = "model 2"
    let noticed = try run(second, moved)
    #expect(noticed.outcome == "inconclusive" && noticed.modelChanged && noticed.asked == 0)
    #expect(noticed.reasons.map(\.code) == ["model-changed"])
    let third = spec("moving", number: 3)
    let again = PlayedSuspect(third)
    again.model = "model 2"
    let result = try run(third, again)
    #expect(result.series == 2 && result.outcome == "trained-on", "\(result.reasons)")
    // The second look at this key: α₂ = 6α/(4π²) needs 658 keys, and 17 carriers have 680.
    #expect(result.looks == 2 && result.decoys == 14)
    #expect(result.reused == 0)
  }

  /// α belongs to the suspect, not to its name: what was planned under the old one is spent.
  @Test func aSuspectUnderANewNamePaysForItsOldLooks() throws {
    let first = spec("old-name", looks: 2, decoys: 60)
    #expect(try run(first, PlayedSuspect(first)).looks == 2)
    var second = spec("new-name", number: 2, decoys: 60)
    second.formerNames = ["old-name"]
    let result = try run(second, PlayedSuspect(second))
    #expect(result.series == 1 && result.looks == 3)
    let record = Vault(root: fixture.vault, release: "release-drawn-1")
    let plan = try AuditDirectory(record, suspect: "new-name").readPlan(1)
    #expect(plan.looksBefore == 2 && abs((result.level ?? 0) - 0.06 / (9 * .pi * .pi)) < 1e-12)
    // Nor is it asked about the same images again.
    let old = try AuditDirectory(record, suspect: "old-name").readPlan(1)
    #expect(Set(old.samples).isDisjoint(with: plan.samples))
  }

  /// A level that was lowered since the plan was drawn holds, whoever reckons.
  @Test func aLevelThatWasLoweredHoldsForTheSeriesThatHasBegun() throws {
    let first = spec("lowered", perAudit: 100, decoys: 30)
    #expect(try run(first, PlayedSuspect(first)).outcome == "inconclusive")
    var second = spec("lowered", number: 2, decoys: 30)
    second.judgement.alpha = 0.005
    let result = try run(second, PlayedSuspect(second))
    #expect(result.outcome == "trained-on")
    #expect(abs((result.level ?? 0) - 0.03 / (.pi * .pi)) < 1e-12)
    #expect(try lines(result).filter { $0.event == .begin }.map(\.alpha) == [nil, 0.005])
    let package = try #require(result.package)
    let verification = try EvidenceVerification(package: package, ownerKey: nil)
    #expect(verification.holds && verification.verdict.outcome == .trainedOn)
    // Raised again, it stays where it was.
    let third = spec("lowered", number: 3, decoys: 30)
    #expect(try run(third, PlayedSuspect(third)).level == result.level)
  }

  @Test func aSuspectWhoseDayIsSpentBeforeItSaysAnythingIsInconclusive() throws {
    let spec = spec("spent")
    let suspect = PlayedSuspect(spec)
    suspect.identityEnd = .dayIsSpent
    let result = try run(spec, suspect)
    #expect(result.outcome == "inconclusive" && result.series == 0)
    #expect(result.reasons.map(\.code) == ["budget-spent"])
  }

  @Test func imagesAreUsedOnceUntilThePoolIsExhaustedAndThenItIsSaid() throws {
    let record = Vault(root: fixture.vault, release: "release-drawn-1")
    var spec = spec("exhausting", perAudit: 1, images: 40, looks: 2, decoys: 3)
    spec.judgement.alpha = 0.45
    let result = try run(spec, PlayedSuspect(spec))
    let plan = try AuditDirectory(record, suspect: "exhausting").readPlan(1)
    #expect(plan.source.pool < 80 && plan.source.pool >= 40)
    #expect(Set(plan.samples.prefix(40)).count == 40)
    #expect(result.reused == 80 - plan.source.pool)
    let survey = try DatasetSurvey(file: fixture.archive)
    for (sample, label) in zip(plan.samples, plan.labels) {
      #expect(Int(survey.labels[sample]) == label && plan.claim.concerns(label: label))
    }
  }

  @Test func anInnocentModelIsNotShown() throws {
    let spec = spec("innocent")
    let suspect = PlayedSuspect(spec)
    suspect.target = { form, image in 0.05 + 0.0001 * Double((form * 7919 + image * 31) % 97) }
    let result = try run(spec, suspect)
    #expect(result.outcome == "not-shown", "\(result.reasons)")
  }
}
