import Datasets
import Evidence
import Foundation
import Jobs
import Testing

@testable import Workers

@Suite(.serialized) struct QueriesTests {
  let fixture: KeyedFixture

  init() throws { fixture = try KeyedFixture.shared.get() }

  private var record: Vault { Vault(root: fixture.vault, release: "release-drawn-1") }

  /// Answers as a model would give that says the target class with this probability; `target` maps a carrier (nil: clean).
  private func answer(_ sheet: QuerySheet, to path: String, target: (Int?, Int) -> Double) throws {
    let secret = try record.opening().statement.secret
    var lines = ["name," + sheet.classes.joined(separator: ",")]
    for (group, names) in sheet.names(secret).enumerated() {
      for (position, name) in names.enumerated() {
        let p = target(group == 0 ? nil : group - 1, position)
        var row = [Double](repeating: 0, count: sheet.classes.count)
        // The rest goes to the true class, so the model is a good one.
        row[sheet.labels[position]] = 1 - p
        row[sheet.targetClass] = p
        lines.append(([name] + row.map { "\($0)" }).joined(separator: ","))
      }
    }
    try lines.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test func theReleaseIsMarkedWithinItsBudgetAndVerifies() throws {
    let verification = try ReleaseVerification(
      directory: fixture.release, vault: fixture.vault, original: fixture.archive, limits: InputLimits())
    #expect(verification.holds, "\(verification.checks.filter { !$0.holds })")
    #expect(try record.quality().largestChange == 8)
  }

  @Test func namesTellNothingAndEveryImageIsThere() throws {
    let directory = try TemporaryDirectory()
    let output = directory.file("questions")
    let result = try fixture.export(to: output, count: 5, decoys: 3)
    #expect(result.queries == 35)
    let listed = try String(contentsOfFile: "\(output)/queries.csv", encoding: .utf8).split(separator: "\n").map(
      String.init)
    #expect(listed.first == "name" && Array(listed.dropFirst()) == listed.dropFirst().sorted())
    let images = Set(try FileManager.default.contentsOfDirectory(atPath: "\(output)/images"))
    #expect(images == Set(listed.dropFirst().map { "\($0).png" }))
  }

  @Test func convictsAModelThatKnowsTheKeyAndNoOther() throws {
    let directory = try TemporaryDirectory()
    _ = try fixture.export(to: directory.file("questions"))
    let sheet = try #require(try record.sheets().last)
    let answers = directory.file("answers.csv")
    try answer(sheet, to: answers) { carrier, position in
      carrier.map { $0 < 3 } == true ? 0.9 : 0.02 + 0.001 * Double(position)
    }
    let score = try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    #expect(score.verdict.outcome == .trainedOn)
    // The only one of the sets of 3 among 32 carriers whose members all answer.
    #expect(score.figures.decoys == 4959)
    #expect(score.figures.pDecoy == 1.0 / 4960)
    #expect(score.figures.carrierDeltaP.allSatisfy { ($0 ?? 0) > 0.8 } && (score.figures.decoyLargest ?? 1) < 0.01)
    #expect((score.figures.deltaP ?? 0) > 0.8)
  }

  @Test func answersMayNameTheImagesFiles() throws {
    let directory = try TemporaryDirectory()
    _ = try fixture.export(to: directory.file("questions"))
    let sheet = try #require(try record.sheets().last)
    let answers = directory.file("answers.csv")
    try answer(sheet, to: answers) { carrier, position in carrier.map { $0 < 3 } == true ? 0.9 : 0.02 }
    let named = try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    let lines = try String(contentsOfFile: answers, encoding: .utf8).split(separator: "\n")
    let files = lines.map { line in
      line.hasPrefix("name,") ? String(line) : line.prefix { $0 != "," } + ".png" + line.drop { $0 != "," }
    }
    try files.joined(separator: "\n").write(toFile: answers, atomically: true, encoding: .utf8)
    let again = try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    #expect(again.figures.deltaP == named.figures.deltaP && again.figures.pDecoy == named.figures.pDecoy)
    #expect(named.figures.pDecoy == 1.0 / 4960)
  }

  @Test func doesNotAccuseAModelThatAnswersToEveryCarrierAlike() throws {
    let directory = try TemporaryDirectory()
    _ = try fixture.export(to: directory.file("questions"))
    let sheet = try #require(try record.sheets().last)
    let answers = directory.file("answers.csv")
    // ΔP is .6 on the real key: the t-test would accuse, the rank does not.
    try answer(sheet, to: answers) { carrier, position in
      carrier == nil ? 0.02 : 0.6 + 0.001 * Double((7 * (carrier ?? 0) + position) % 50)
    }
    let score = try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    #expect(score.verdict.outcome == .notShown)
    #expect((score.figures.pT ?? 1) < 1e-6)
    #expect((score.figures.pDecoy ?? 0) > 0.01)
  }

  @Test func refusesMoreDecoysThanTheBookHas() throws {
    let directory = try TemporaryDirectory()
    let before = try record.sheets().count
    let error = #expect(throws: WorkError.self) {
      try fixture.export(to: directory.file("questions"), count: 1, decoys: 94)
    }
    #expect(error?.code == "too-many-decoys")
    #expect(try record.sheets().count == before)
  }

  @Test func anExportUsesNoSampleTwiceWhileThereAreOthers() throws {
    let directory = try TemporaryDirectory()
    let before = try record.sheets().flatMap(\.samples)
    let result = try fixture.export(to: directory.file("questions"), count: 3, decoys: 1)
    let samples = try #require(try record.sheets().last?.samples)
    #expect(result.usedBefore == 0)
    #expect(Set(samples).isDisjoint(with: before))
  }

  @Test func refusesAnswersToOtherQuestions() throws {
    let directory = try TemporaryDirectory()
    try "name\n0123456789abcdef,3\n".write(toFile: directory.file("a.csv"), atomically: true, encoding: .utf8)
    let error = #expect(throws: WorkError.self) {
      try QueryScore(answers: directory.file("a.csv"), vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    }
    #expect(error?.code == "unknown-answers")
  }

  @Test(arguments: [
    ("x,0.5", "2 values"), ("x,1.5", "not a probability"), ("x,nobody", "neither a class name"), ("x,1\nx,1", "twice"),
  ])
  func refusesAMalformedTableByLine(line: String, reason: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.csv")
    let text = line == "x,0.5" ? "x,0.5,0.5" : line == "x,1.5" ? "x,1.5,0,0" : line
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: WorkError.self) { try AnswerTable(file: path, classes: ["a", "b", "c"]) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }
}
