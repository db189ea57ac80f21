import Foundation
import Foundations
import Testing

@testable import Jobs

@Suite struct JobJSONTests {
  private let train = TrainSpec(
    archive: "/w/1/input/a.tar", dataset: "a", target: "1", method: MethodSettings(), seed: UInt64(Int64.max),
    generator: "/v/generators/a-2.safetensors", workDirectory: "/w/2/checkpoints", limits: InputLimits())

  private var release: ReleaseSpec {
    get throws {
      ReleaseSpec(
        archive: "/w/1/input/a.tar", archiveName: "a.tar", dataset: "a", releaseVersion: 3, generator: "/v/g",
        rate: MarkingRate("10% of dataset"), seed: 7, outbox: "/o", staging: "/o/.staging/1",
        vault: "/v", batch: 64, images: ImageWriting(keepsNames: true, jpegQuality: 90, rewritesAll: true),
        terms: ReleaseTerms(license: "CC0-1.0", trainingMining: .notAllowed), created: 1_700_000_000,
        limits: InputLimits())
    }
  }

  private let qualify = QualifySpec(
    release: "/h/release-a-1", vault: "/v", original: "/w/1/input/a.tar", settings: QualifySettings(), seed: 3,
    usesPanel: true, workDirectory: "/w/3/checkpoints", limits: InputLimits())
  private let reference = ReferenceSpec(
    archive: "/w/1/input/a.tar", release: "release-a-1", vault: "/v", models: "/v/panels/a",
    settings: ReferenceSettings(), workDirectory: "/w/4/checkpoints", limits: InputLimits())

  @Test func specsComeBackAsTheyWere() throws {
    for work: any JobPart in [train, try release, qualify, reference] {
      let spec = JobSpec(id: "12", threads: 2, work: work)
      let document = try CanonicalJSON.document(spec)
      #expect(try CanonicalJSON.decode(JobSpec.self, from: document) == spec)
      #expect(try CanonicalJSON.document(spec) == document)
    }
  }

  @Test func aFigureThatIsNotFiniteCostsNoResult() throws {
    var audit = AuditResult(
      suspect: "acme", release: "release-a-1", generator: "00", number: 3, outcome: "inconclusive", reasons: [])
    (audit.deltaP, audit.evidence, audit.wsr) = (.nan, .infinity, -.infinity)
    let reference = ReferenceResult(
      release: "release-a-1", panel: "/p", panelDigest: "00", models: 2, trained: 2, largestGain: .nan)
    for result in [JobResult(audit), JobResult(reference)] {
      let line = JobEvent.finished(result).line
      guard case .finished(let read) = try CanonicalJSON.decode(JobEvent.self, from: line.utf8) else {
        Issue.record("\(line)")
        continue
      }
      // NaN is not equal to itself; its bytes are.
      #expect(JobEvent.finished(read).line == line)
      #expect(line.contains("\"nan\""))
    }
  }

  @Test func whatOthersSeeOfAnAuditTellsNeitherGeneratorNorTarget() throws {
    var audit = AuditResult(
      suspect: "acme", release: "release-a-1", generator: "00ff", number: 3, outcome: "not-shown", reasons: [])
    audit.targetClass = "automobile"
    audit.deltaP = 0.5
    audit.assignment = AuditedAssignment(
      classes: ["automobile", "cat"], gains: [[0.12346, nil], [0, 1]], counts: [1, 1], range: 0...1, score: 0.5,
      standardised: 1, images: 10, nextLevel: 0.01, imagesNeeded: nil)
    let text = try CanonicalJSON.line(audit.disclosed)
    #expect(!text.contains("classes") && text.contains("\"gains\":[[0.1235,null],[0,1]]"))
    #expect(!text.contains("00ff") && !text.contains("automobile") && text.contains("\"deltaP\":0.5"))
    #expect(try CanonicalJSON.decode(AuditResult.self, from: text.utf8) == audit.disclosed)
  }

  @Test func aReleaseSpecFromBeforeImagesAndTermsCouldBeChosenIsRead() throws {
    let before = try CanonicalJSON.line(JobSpec(id: "12", threads: 2, work: try release))
      .replacing(#""images":{"jpegQuality":90,"keepsNames":true,"rewritesAll":true},"#, with: "")
      .replacing(
        #""terms":{"creator":"","license":"CC0-1.0","trainingMining":"notAllowed","url":""},"#, with: "")
    #expect(!before.contains("images") && !before.contains("terms"))
    guard let spec = try CanonicalJSON.decode(JobSpec.self, from: before.utf8).work as? ReleaseSpec else {
      Issue.record("no release")
      return
    }
    #expect(spec.images == nil && spec.terms == nil)
    let images = try CanonicalJSON.decode(ImageWriting.self, from: #"{"jpegQuality":90,"keepsNames":true}"#.utf8)
    #expect(images == ImageWriting(keepsNames: true, jpegQuality: 90))
  }

  /// Byte for byte as version 0.1.0 wrote them.
  @Test func whatIsOfAKindStandsUnderItsName() throws {
    let audit = AuditSpec(
      suspect: "{}", name: "acme", credential: nil, release: "/o/release-a-1", vault: "/v", images: nil, number: 12,
      questions: AuditQuestions(), judgement: AuditJudgement(), signingKey: nil, limits: InputLimits())
    let rest = #""threads":2,"version":1}"#
    let lines: [(any JobPart, String)] = [
      (train, #"{"id":"12","kind":"train","threads":2,"train":\#(try CanonicalJSON.line(train)),"version":1}"#),
      (try release, #"{"id":"12","kind":"release","release":\#(try CanonicalJSON.line(release)),"# + rest),
      (qualify, #"{"id":"12","kind":"qualify","qualify":\#(try CanonicalJSON.line(qualify)),"# + rest),
      (reference, #"{"id":"12","kind":"reference","reference":\#(try CanonicalJSON.line(reference)),"# + rest),
      (audit, #"{"audit":\#(try CanonicalJSON.line(audit)),"id":"12","kind":"audit","# + rest),
    ]
    for (work, line) in lines {
      let spec = JobSpec(id: "12", threads: 2, work: work)
      #expect(try CanonicalJSON.line(spec) == line)
      #expect(try CanonicalJSON.decode(JobSpec.self, from: line.utf8) == spec)
    }
    #expect(lines.map { type(of: $0.0).kind } == JobKinds.all.list.map { $0.kind })
  }

  @Test func aSpecNamesItsKindOnce() throws {
    let line = try CanonicalJSON.line(JobSpec(id: "12", threads: 2, work: train))
    #expect(line.contains(#""kind":"train""#))
    #expect(line.contains(#""train":{"#))
    #expect(line.contains(#""seed":9223372036854775807"#))
    #expect(!line.contains("_0"))
    #expect(!line.contains("\n"))
  }

  @Test func refusesASpecOfAnotherVersion() throws {
    let line = try CanonicalJSON.line(JobSpec(id: "12", threads: 2, work: train))
      .replacing(#""version":1"#, with: #""version":2"#)
    #expect(throws: DecodingError.self) { try CanonicalJSON.decode(JobSpec.self, from: line.utf8) }
  }

  @Test(arguments: [
    (JobEvent.stopped, #"{"event":"stopped"}"#),
    (
      .progress(JobProgress(stage: "mark", done: 1, total: 2, unit: "samples")),
      #"{"done":1,"event":"progress","stage":"mark","total":2,"unit":"samples"}"#
    ),
    (
      .failed(JobFailure(kind: .refused, code: "c", stage: "s", message: "m", offset: 5, version: "0")),
      #"{"event":"failed","failure":{"code":"c","kind":"refused","message":"m","offset":5,"stage":"s","version":"0"}}"#
    ),
    (
      .finished(JobResult(TrainResult(generator: "/g", generatorDigest: "d", target: "cat", metrics: [:]))),
      #"{"event":"finished","result":{"kind":"train","train":{"generator":"/g","generatorDigest":"d","#
        + #""metrics":{},"targetClass":"cat"}}}"#
    ),
    (
      .finished(
        JobResult(ReleaseResult(directory: "/o/r", archiveDigest: "d", samples: 3, markedSamples: 2, skippedSamples: 1))
      ),
      #"{"event":"finished","result":{"kind":"release","release":{"archiveDigest":"d","directory":"/o/r","#
        + #""markedSamples":2,"samples":3,"skippedSamples":1}}}"#
    ),
  ])
  func eventsAreOnePlainObjectALine(event: JobEvent, line: String) throws {
    #expect(try CanonicalJSON.line(event) == line)
    #expect(try CanonicalJSON.decode(JobEvent.self, from: line.utf8) == event)
  }

  @Test func aDivergingLossDoesNotCostTheEvent() throws {
    let progress = JobProgress(
      stage: "generator", done: 1, total: 2, unit: "steps", metrics: ["loss": .nan, "accuracy": 0.5, "x": .infinity])
    let line = try CanonicalJSON.line(JobEvent.progress(progress))
    guard case .progress(let read) = try CanonicalJSON.decode(JobEvent.self, from: line.utf8) else {
      Issue.record("not progress")
      return
    }
    #expect(read.metrics == ["accuracy": 0.5])
    let result = TrainResult(generator: "", generatorDigest: "", target: "", metrics: ["loss": -.infinity])
    #expect(result.metrics.isEmpty)
  }

  @Test(arguments: [
    #"{"event":"unheard-of"}"#, #"{"event":"finished"}"#, #"{"event":"progress"}"#, "{}", "[]", "7", "",
    #"{"event":"finished","result":{"kind":"train","release":{}}}"#,
    #"{"event":"finished","result":{"kind":"unheard-of","unheard-of":{}}}"#,
  ])
  func refusesWhatIsNoEvent(line: String) {
    #expect(throws: DecodingError.self) { try CanonicalJSON.decode(JobEvent.self, from: line.utf8) }
  }
}

@Suite struct LearnerTests {
  @Test func isWrittenAsItIsRead() throws {
    let learner = try #require(Learner("wrn-10-1:16"))
    #expect(learner == Learner(architecture: "wrn-10-1", width: 16))
    #expect(Learner("\(learner)") == learner)
  }

  @Test(arguments: ["", "cnn", "cnn:", ":8", "cnn:0", "cnn:-1", "cnn:8:8", "c n:8", "cnn:x", "../a:8"])
  func refusesTheRest(text: String) {
    #expect(Learner(text) == nil)
  }
}

@Suite struct MarkingRateTests {
  @Test(arguments: [
    ("0.5", 0.5, MarkingRate.Unit.candidates), ("50%", 0.5, .candidates), ("50% of class", 0.5, .candidates),
    ("10% of dataset", 0.1, .dataset), ("50 %", 0.5, .candidates), ("5 % of dataset", 0.05, .dataset),
    ("1", 1, .candidates), ("0.25 of dataset", 0.25, .dataset),
  ])
  func readsItsForms(text: String, share: Double, unit: MarkingRate.Unit) throws {
    let rate = try #require(MarkingRate(text))
    #expect(rate.share == share)
    #expect(rate.unit == unit)
  }

  @Test(arguments: [
    "", "0", "0%", "-1", "1.01", "101%", "half", "0.5 of", "0.5 of classes", "nan", "50 % %", "% 50", "inf",
  ])
  func refusesTheRest(text: String) {
    #expect(MarkingRate(text) == nil)
  }

  @Test func isWrittenAsItIsRead() throws {
    for share in [0.1, 0.07, 1.0 / 3, 0.5, 1] {
      for unit in [MarkingRate.Unit.candidates, .dataset] {
        let rate = try #require(MarkingRate(share: share, unit: unit))
        #expect(MarkingRate("\(rate)") == rate)
      }
    }
  }

  @Test func refusesAShareThatNoSpecMayHave() {
    for share in ["0", "1.5", "-0.1"] {
      #expect(throws: DecodingError.self) {
        try CanonicalJSON.decode(MarkingRate.self, from: #"{"share":\#(share),"unit":"dataset"}"#.utf8)
      }
    }
  }

  @Test func skippedFilesFitAnEvent() throws {
    let files = (0..<200).map { SkippedFile(member: String(repeating: "\"", count: 500) + "\($0)", reason: "why") }
    let result = ReleaseResult(
      directory: "/o/r", archiveDigest: "d", samples: 3, markedSamples: 2, skippedSamples: 200, skipped: files)
    let kept = try #require(result.skipped)
    #expect(kept.count > 10 && kept == Array(files.prefix(kept.count)))
    #expect(try CanonicalJSON.line(JobEvent.finished(JobResult(result))).utf8.count < 64 << 10)
    #expect([SkippedFile]().line(of: 0) == "0 skipped")
  }
}
