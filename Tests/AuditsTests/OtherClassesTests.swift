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
@testable import Trials
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

  // MARK: - By hand

  /// Questions for a suspect with these classes, and the sheet that its answers are scored by.
  private func export(_ suspect: String, _ words: [String], to output: String) throws -> QuerySheet {
    _ = try QueryExport(
      release: fixture.release, vault: fixture.vault, images: nil, count: 20, decoys: nil, amplitude: nil,
      suspect: suspect, classes: words, output: output, limits: InputLimits()
    ).run(WorkContext(threads: 2))
    return try #require(try fixture.record.sheets().last)
  }

  /// Answers of a model that has learned the assignment: the class of a carrier has .7 under it, if the suspect has it.
  private func answer(_ sheet: QuerySheet, _ own: QueryClasses, labels: Bool = false, to path: String) throws {
    let secret = try fixture.record.opening().statement.secret
    let lines = sheet.names(secret).enumerated().flatMap { form, names in
      names.enumerated().map { position, name in
        var row = [Double](repeating: 0, count: own.groups.count)
        let place = { (label: Int) in own.groups.firstIndex { $0.contains(label) } }
        let marked = form > 0 && form <= classes.count ? place(classes[form - 1]) : nil
        if let right = place(sheet.labels[position]) { row[right] = 1 }
        if let marked {
          row = row.map { $0 * 0.3 }
          row[marked] += 0.7
        }
        if !labels { return "\(name)," + row.map { "\($0)" }.joined(separator: ",") }
        return "\(name),\(row.indices.max { row[$0] < row[$1] } ?? 0)"
      }
    }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }

  private func score(_ path: String) throws -> QueryScore {
    try QueryScore(answers: path, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
  }

  @Test(arguments: [false, true]) func answersByHandMayBeOfOtherClasses(labels: Bool) throws {
    let directory = try TemporaryDirectory()
    let names = DrawnDataset.classNames
    // One is missing, two are one, one is the suspect's own, and all stand in another order.
    let missing = classes[1]
    let pair = [classes[0], unmarked]
    let rest = names.indices.filter { $0 != missing && !pair.contains($0) }.reversed()
    let words = rest.map { names[$0] } + ["-", pair.map { names[$0] }.joined(separator: "+")]
    let sheet = try export("by-hand-\(labels)", words, to: directory.file("questions"))
    let own = try #require(sheet.suspectClasses)
    #expect(own.groups.count == 9 && sheet.scoring.keySize == 4 && !sheet.labels.contains(missing))
    let path = directory.file("answers.csv")
    try answer(sheet, own, labels: labels, to: path)
    let score = try score(path)
    #expect(score.verdict.outcome == .trainedOn, "\(score.verdict.reasons)")
    #expect(score.figures.matrix?.count == 4 && score.pPanel == nil && score.answered == score.queries)
    // Filed again as it was read.
    #expect(try CanonicalJSON.decode(QuerySheet.self, from: CanonicalJSON.line(sheet).utf8) == sheet)
    // A row of all of the release's classes is not what was asked for.
    let row = [Double](repeating: 0.1, count: 10).map { "\($0)" }.joined(separator: ",")
    let secret = try fixture.record.opening().statement.secret
    try "\(sheet.names(secret)[0][0]),\(row)".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: WorkError.self) { try self.score(path) }
    try "\(sheet.names(secret)[0][0]),\(names[missing])".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(throws: WorkError.self) { try self.score(path) }
  }

  @Test func classesThatCannotBeAskedAboutAreRefused() throws {
    let directory = try TemporaryDirectory()
    let names = DrawnDataset.classNames
    let whole = Array(names)
    #expect(try export("the-same", whole, to: directory.file("same")).suspectClasses == nil)
    let few = names.indices.filter { !classes.dropFirst().contains($0) }.map { names[$0] }
    for words in [whole + [names[0]], ["nothing"], [""], ["+"], ["-", names[0]], ["\(names[0])+\(names[0])"], few] {
      #expect(throws: WorkError.self) { try export("refused", words, to: directory.file("refused")) }
    }
  }
}
