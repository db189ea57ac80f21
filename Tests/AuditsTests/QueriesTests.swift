import Datasets
import Dispatch
import Evidence
import Foundation
import Foundations
import Jobs
import Synchronization
import Testing

@testable import Audits
@testable import Fixtures
@testable import Releases
@testable import Trials
@testable import Work

@Suite(.serialized) struct QueriesTests {
  /// A vault for each test: exports of one vault share α.
  let fixture: QualifiedFixture

  init() throws { fixture = try QualifiedFixture() }

  private var record: Vault { fixture.record }

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
        row[sheet.claim.members.targetClass ?? 0] = p
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

  // MARK: - Answers in other forms

  /// Labels of a model that says the target class wherever it sees a carrier of the key, and is right elsewhere.
  private func labels(_ sheet: QuerySheet) throws -> [[String]] {
    let names = sheet.names(try record.opening().statement.secret)
    return names.enumerated().flatMap { group, names in
      zip(names, sheet.labels).map { name, label in
        [name, 1...sheet.keySize ~= group ? sheet.claim.subject(among: sheet.classes) : "\(label)"]
      }
    }
  }

  @Test func convictsByLabelsFromASpreadsheet() throws {
    let directory = try TemporaryDirectory()
    _ = try fixture.export(to: directory.file("questions"))
    let sheet = try #require(try record.sheets().last)
    let answers = directory.file("answers.csv")
    // A byte order mark, quotes, and lines that end with CR LF.
    let lines = [["name", "label"]] + (try labels(sheet))
    let text = lines.map { $0.map { "\"\($0)\"" }.joined(separator: ",") + "\r\n" }.joined()
    try ("\u{FEFF}" + text).write(toFile: answers, atomically: true, encoding: .utf8)
    let score = try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    #expect(score.verdict.outcome == .trainedOn && score.answered == score.queries)
    #expect(score.figures.deltaP == 1 && score.figures.pDecoy == 1.0 / 4960)
    // The sign test: 12 images of 12 for the mark.
    #expect(abs((score.figures.pDiscordant ?? 1) - 1.0 / 4096) < 1e-12)
    #expect(try CanonicalJSON.line(score).contains("\"p_discordant\":0.000244140625"))
  }

  @Test func eachExportAboutASuspectIsPaidFor() throws {
    let directory = try TemporaryDirectory()
    for look in 1...3 {
      _ = try fixture.export(to: directory.file("questions-\(look)"), suspect: "asked three times")
      let sheet = try #require(try record.sheets().last)
      _ = try fixture.export(to: directory.file("others-\(look)"))
      let answers = directory.file("answers.csv")
      try answer(sheet, to: answers) { carrier, position in
        carrier.map { $0 < 3 } == true ? 0.9 : 0.02 + 0.001 * Double(position)
      }
      let score = try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
      // The first claim has half of α.
      let level = 0.03 / (Double.pi * Double.pi * Double(look * look))
      #expect(score.suspect == "asked three times" && score.look == look && abs(score.level - level) < 1e-12)
      #expect(score.claim == 1)
      #expect(score.verdict.outcome == .trainedOn && score.verdict.reasons.first?.limit == score.level)
    }
  }

  @Test func anExportThatNamesNobodyMayBeAboutAnybody() throws {
    let fixture = try QualifiedFixture()
    func export(_ suspect: String?, decoys: Int? = 1) throws -> QueryExport.Result {
      try QueryExport(
        release: fixture.release, vault: fixture.vault, images: nil, count: 1, decoys: decoys, amplitude: nil,
        suspect: suspect, output: fixture.directory.file(UUID().uuidString), limits: InputLimits()
      ).run(WorkContext(threads: 1))
    }
    #expect(try [nil, "a", "b", nil, "a"].map { try export($0).look } == [1, 2, 2, 4, 4])
    // Decoys grow with the look: three carriers among 65 make 43,680 keys, which look 17 is no longer content with.
    let usual = try export("c", decoys: nil)
    #expect(usual.look == 3 && usual.decoys == 62 && usual.leastP == 1.0 / 43680 && usual.claim == 4)
    for number in 7...20 {
      let sheet = QuerySheet(
        release: "release-drawn-1", number: number, suspect: "d", claim: .targeted(at: 1), classes: ["a", "b"],
        amplitude: 1,
        source: "x.tar", samples: [3], labels: [0], keySize: 3, decoys: 4)
      #expect(try fixture.record.file(sheet))
    }
    let late = try export("d", decoys: nil)
    // A fifth claim's seventeenth look wants more than the whole book, which is what it gets.
    #expect(late.look == 17 && late.claim == 5 && late.decoys == 93)
  }

  @Test func suspectsNamedOneByOneNeverGetMoreThanAlphaTogether() throws {
    let directory = try TemporaryDirectory()
    var granted: [Double] = []
    for number in 1...4 {
      for look in 1...2 {
        let result = try fixture.export(
          to: directory.file("\(number)-\(look)"), count: 1, decoys: 1, suspect: "s\(number)")
        #expect(result.claim == number && result.look == look)
        granted.append(result.level)
        // What is judged later is judged at what was granted.
        let sheet = try #require(try record.sheets().last)
        let answers = directory.file("answers.csv")
        try answer(sheet, to: answers) { carrier, _ in carrier == nil ? 0.02 : 0.9 }
        let score = try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
        #expect(score.level == result.level && score.claim == number)
        #expect(score.verdict.reasons.contains { $0.code == .tooFewDecoys && $0.limit == score.level })
      }
    }
    #expect(granted.reduce(0, +) < 0.01 && Set(granted).count == granted.count)
    #expect(abs(granted[2] - 0.06 / (.pi * .pi) / 6) < 1e-12)
    let claims = try FileManager.default.contentsOfDirectory(atPath: fixture.vault + "/claims").sorted()
    #expect(claims == ["1.json", "2.json", "3.json", "4.json"])
  }

  /// Exports from before there were claims made them by their order; the next one comes after all of them.
  @Test func oldExportsAreClaimsToo() throws {
    for (number, suspect) in [(1, "a"), (2, nil), (3, "b"), (4, "a")] {
      let sheet = QuerySheet(
        release: "release-drawn-1", number: number, suspect: suspect, claim: .targeted(at: 1), classes: ["a", "b"],
        amplitude: 1,
        source: "x.tar", samples: [3], labels: [0], keySize: 3, decoys: 4)
      #expect(try record.file(sheet))
    }
    let claims = try QueryClaims(vault: fixture.vault)
    #expect(claims.claims.map(\.suspect) == ["a", nil, "b"])
    #expect(!FileManager.default.fileExists(atPath: fixture.vault + "/claims"))
    let directory = try TemporaryDirectory()
    #expect(try fixture.export(to: directory.file("c"), count: 1, suspect: "c").claim == 4)
    #expect(try fixture.export(to: directory.file("b"), count: 1, suspect: "b").claim == 3)
    #expect(try QueryClaims(vault: fixture.vault).claims.map(\.suspect) == ["a", nil, "b", "c"])
  }

  @Test func judgesByTheImagesThatWereAnswered() throws {
    let directory = try TemporaryDirectory()
    _ = try fixture.export(to: directory.file("questions"))
    let sheet = try #require(try record.sheets().last)
    let answers = directory.file("answers.csv")
    let all = try labels(sheet)
    func score(answering isAnswered: (_ position: Int) -> Bool, leavesLines: Bool) throws -> QueryScore {
      let lines = all.enumerated().compactMap { number, line in
        isAnswered(number % sheet.samples.count) ? line : leavesLines ? [line[0], ""] : nil
      }
      try lines.map { $0.joined(separator: ",") }.joined(separator: "\n")
        .write(toFile: answers, atomically: true, encoding: .utf8)
      return try QueryScore(answers: answers, vault: fixture.vault, policy: VerdictPolicy(), margin: 0.25)
    }
    for leavesLines in [true, false] {
      let most = try score(answering: { $0 != 5 }, leavesLines: leavesLines)
      #expect(most.verdict.outcome == .trainedOn && most.figures.pairs == 11)
      #expect(most.answered == 33 * 11 && most.queries == 33 * 12)
      let half = try score(answering: { $0 % 2 == 0 }, leavesLines: leavesLines)
      #expect(half.verdict.outcome == .inconclusive && half.answered == 33 * 6)
      #expect(half.verdict.reasons.contains { $0.code == .tooFewAnswers })
    }
  }

  // MARK: - Sheets

  @Test func exportsAtOnceTakeNumbersAndSamplesOfTheirOwn() throws {
    let fixture = try QualifiedFixture()
    let failures = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 4) { number in
      do {
        _ = try QueryExport(
          release: fixture.release, vault: fixture.vault, images: nil, count: 10, decoys: 1, amplitude: nil,
          output: fixture.directory.file("questions-\(number)"), limits: InputLimits()
        ).run(WorkContext(threads: 1))
      } catch { failures.withLock { $0.append("\(error)") } }
    }
    #expect(failures.withLock(\.self) == [])
    let sheets = try fixture.record.sheets()
    #expect(sheets.map(\.number) == [1, 2, 3, 4])
    #expect(Set(sheets.flatMap(\.samples)).count == 40)
    let files = try FileManager.default.contentsOfDirectory(atPath: "\(fixture.record.directory)/queries")
    #expect(files.sorted() == ["1.json", "2.json", "3.json", "4.json"])
  }

  @Test func aTakenNumberIsNotWrittenOver() throws {
    let fixture = try QualifiedFixture()
    let sheet = QuerySheet(
      release: "release-drawn-1", number: 1, claim: .targeted(at: 1), classes: ["a", "b"], amplitude: 1,
      source: "x.tar",
      samples: [3], labels: [0], keySize: 2, decoys: 4)
    #expect(try fixture.record.file(sheet))
    var other = sheet
    other.samples = [4]
    #expect(try !fixture.record.file(other))
    #expect(try fixture.record.sheets() == [sheet])
    // What a crash in the middle of writing leaves is no sheet.
    let draft = "\(fixture.record.directory)/queries/.0F2D.partial"
    try "{\"form".write(toFile: draft, atomically: false, encoding: .utf8)
    #expect(try fixture.record.sheets() == [sheet])
  }

  @Test func archivesOfOneNameShareNoSamples() throws {
    let fixture = try QualifiedFixture()
    func export(_ images: String?, to output: String) throws -> QueryExport.Result {
      try QueryExport(
        release: fixture.release, vault: fixture.vault, images: images, count: 40, decoys: nil, amplitude: nil,
        output: fixture.directory.file(output), limits: InputLimits()
      ).run(WorkContext(threads: 2))
    }
    let own = try export(nil, to: "own")
    #expect(own.usedBefore == 0 && own.decoys == QualificationSettings.usualDecoys)
    #expect(own.split == .test && own.wereReleased)
    try FileManager.default.createDirectory(atPath: fixture.directory.file("new"), withIntermediateDirectories: true)
    let images = fixture.directory.file("new/drawn.tar.gz")
    try DrawnDataset(seed: 77).writeCIFAR10(to: images, perBatch: 20, test: 60)
    let other = try export(images, to: "other")
    #expect(other.usedBefore == 0 && !other.wereReleased)
    // The pool has 54 images, so that 26 have to be asked about again.
    #expect(try export(images, to: "again").usedBefore == 26)
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
    let fixture = try QualifiedFixture()
    for number in 1...3 {
      let result = try QueryExport(
        release: fixture.release, vault: fixture.vault, images: nil, count: 15, decoys: 1, amplitude: nil,
        output: fixture.directory.file("questions-\(number)"), limits: InputLimits()
      ).run(WorkContext(threads: 1))
      #expect(result.usedBefore == 0)
    }
    #expect(Set(try fixture.record.sheets().flatMap(\.samples)).count == 45)
  }

  @Test func passesOverAnyHeadingThatStartsWithName() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.csv")
    try "Name (file),label\n\nx,1\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(try AnswerTable(file: path, classes: ["a", "b"]).answers == ["x": .label(1)])
  }

  @Test func aQuotedNameMayHoldCommasAndQuotationMarks() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.csv")
    try "\"x\" , \"tench, a \"\"fish\"\"\"\ny,\"0\"\nz,\n".write(toFile: path, atomically: true, encoding: .utf8)
    #expect(
      try AnswerTable(file: path, classes: ["cat", "tench, a \"fish\""]).answers
        == ["x": .label(1), "y": .label(0), "z": AnswerTable.Answer.none])
  }

  @Test func refusesTextThatIsNotUTF8AndAVaultThatIsNotThere() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.csv")
    try Data([0xFF, 0xFE, 0x78, 0x00]).write(to: URL(fileURLWithPath: path))
    let text = #expect(throws: WorkError.self) { try AnswerTable(file: path, classes: ["a", "b"]) }
    #expect(text?.code == "malformed-file" && text?.isRefusal == true)
    let vault = #expect(throws: WorkError.self) {
      try QueryScore(answers: path, vault: directory.file("none"), policy: VerdictPolicy(), margin: 0.25)
    }
    #expect(vault == .missing(path: directory.file("none")))
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
    ("x,0.5,0.5", "2 values"), ("x,1.5,0,0", "not a probability"), ("x,1,1,1", "sum to 3"),
    ("x,nobody", "neither a class name"), ("x,1\nx,1", "twice"), ("name\n,1", "line 2: an answer without a name"),
    ("x,1\ny\",1", "line 2: a quotation mark"), ("\"x\"y,1", "line 1: a quotation mark"),
    ("x,1\n\"y,1\nz,1", "line 2: a line's end, or an open quotation"),
    ("x,1\u{2028}y,1", "line 1: a line's end, or an open quotation"), ("x,1\u{B}2", "line 1: a line's end"),
  ])
  func refusesAMalformedTableByLine(line: String, reason: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("a.csv")
    try line.write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: WorkError.self) { try AnswerTable(file: path, classes: ["a", "b", "c"]) }
    #expect(error?.description.contains(reason) == true, "\(String(describing: error))")
  }
}
