import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import Synchronization
import Testing
import Watermarks

@testable import Attacks
@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Trials
@testable import Work

@Suite struct AttackWorkTests {
  /// A keyed release and a model that was trained on it, made once for all tests.
  struct Prepared {
    let fixture: KeyedFixture
    let directory: TemporaryDirectory
    var model: String { directory.file("model.safetensors") }

    static let shared = Result { try Prepared() }

    private init() throws {
      fixture = try KeyedFixture.shared.get()
      directory = try TemporaryDirectory()
      try ModelTraining(
        archive: "\(fixture.release)/data/drawn.tar.gz",
        settings: ClassifierSettings(architecture: "cnn", width: 8, epochs: 3, batch: 20, augments: false), seed: 2,
        output: model, limits: InputLimits()
      ).run(WorkContext(threads: 2))
    }
  }

  let prepared: Prepared

  init() throws { prepared = try Prepared.shared.get() }

  private func report(
    _ attack: Attack, model: String? = nil, archive: String? = nil, vault: String? = nil, release: String? = nil,
    threads: Int = 2
  ) throws -> AttackReport {
    try AttackWork(
      attack, on: model ?? prepared.model, archive: archive ?? prepared.fixture.archive,
      vault: vault ?? prepared.fixture.vault, release: release,
      questions: .init(images: 20, decoys: 19, alpha: 0.05), seed: 3, limits: InputLimits()
    ).run(WorkContext(threads: threads))
  }

  private func values(_ report: AttackReport) -> [SweptParameter.Value] { report.rows.map(\.parameter.value) }

  @Test func fineTuningLooksAfterEveryOtherEpochAndTheLast() throws {
    var attack = Attack.FineTuning()
    (attack.share, attack.epochs, attack.every) = (0.2, 5, 2)
    let report = try report(.fineTuning(attack))
    #expect(values(report) == [.number(0), .number(2), .number(4), .number(5)])
    #expect(report.images == 60 && report.rows.map(\.stage) == [.before, .after, .after, .after])
    #expect(report.rows.allSatisfy { $0.finding.figures.pairs == 20 && $0.finding.figures.decoys == 1539 })
    #expect(
      report.rows[0].baDrop == 0 && report.rows[3].baDrop == report.rows[0].finding.ba - report.rows[3].finding.ba)
    // It learns: what the model answers is not what it answered before.
    #expect(report.rows[3].finding.scores != report.rows[0].finding.scores)
  }

  @Test func pruningEverythingLeavesOneAnswer() throws {
    var attack = Attack.Pruning()
    attack.rates = [0.5, 1]
    let report = try report(.pruning(attack))
    #expect(values(report) == [.number(0), .number(0.5), .number(1)])
    let last = try #require(report.rows.last).finding
    #expect(last.figures.deltaP == 0 && last.verdict.outcome == .inconclusive)
  }

  @Test(arguments: StudentTraining.Answers.allCases)
  func extractionAuditsTheStudent(answers: StudentTraining.Answers) throws {
    var attack = Attack.Extraction()
    (attack.answers, attack.share, attack.epochs, attack.every) = (answers, 1, 2, 2)
    (attack.architecture, attack.width) = ("cnn", 12)
    let report = try report(.extraction(attack))
    #expect(values(report) == [.number(0), .number(2)] && report.images == 300)
    #expect(report.rows[0].agreement == nil && (0...1).contains(report.rows[1].agreement ?? -1))
    // It is the student that was asked, not the suspect.
    #expect(report.rows[1].model == .init(architecture: "cnn", width: 12, seed: 3, kind: "student"))
    #expect(report.rows[1].finding.scores.clean != report.rows[0].finding.scores.clean)
  }

  @Test func refusesAStudentThatCannotBeTrainedBeforeAnythingIsRead() throws {
    func refusal(_ change: (inout Attack.Extraction) -> Void) throws -> String {
      var attack = Attack.Extraction()
      change(&attack)
      let error = #expect(throws: (any Error).self) { try report(.extraction(attack), archive: "/nowhere.tar") }
      return "\(try #require(error))"
    }
    #expect(try refusal { $0.architecture = "resnet17" }.contains("resnet17"))
    #expect(try refusal { ($0.architecture, $0.width) = ("resnet18", 100_000) }.contains("width"))
    #expect(try refusal { $0.transfer = "/none.tar" } == "/none.tar: no such file, or not readable")
    let error = #expect(throws: WorkError.self) {
      try report(.pruning(.init()), archive: "/nowhere.tar", vault: "/no-vault")
    }
    #expect(error == .missing(path: "/no-vault"))
  }

  /// Images of another size and of other classes serve as well.
  @Test func aTransferSetMayBeAnyImages() throws {
    let directory = try TemporaryDirectory()
    let transfer = directory.file("others.tar.gz")
    try DrawnDataset(seed: 5, shape: .init(channels: 3, height: 20, width: 24))
      .writeImageFolder(to: transfer, trainPerClass: 3, testPerClass: 1)
    var attack = Attack.Extraction()
    (attack.transfer, attack.epochs, attack.every) = (transfer, 1, 1)
    // What its archive holds out is left out: where it is the release's, students are judged by that.
    let material = try report(.extraction(attack))
    #expect(material.images == 30)
    #expect(try material.transferArchive == DatasetSurvey(file: transfer).digest)
    let grey = directory.file("grey.tar.gz")
    try DrawnDataset(seed: 5, shape: .init(channels: 1, height: 32, width: 32))
      .writeImageFolder(to: grey, trainPerClass: 3, testPerClass: 1)
    attack.transfer = grey
    let error = #expect(throws: WorkError.self) { try report(.extraction(attack)) }
    #expect(error?.code == "other-shape" && error?.isRefusal == true)
    #expect(
      error?.description
        == "\(prepared.model): made for images of 3 channels; \(grey) has images of 1")
  }

  @Test func transformationsAreAskedOfTheSameModel() throws {
    var attack = Attack.Transformation()
    attack.transforms = ["bits:8", "resize:1", "jpeg:10"].compactMap { ImageTransform($0) }
    let report = try report(.transformation(attack))
    #expect(values(report) == [.text("none"), .text("bits:8"), .text("resize:1"), .text("jpeg:10")])
    // The first two change nothing, so that they show whether anything else differs.
    for row in report.rows[1...2] {
      #expect(row.finding.scores == report.rows[0].finding.scores && row.baDrop == 0)
    }
    #expect(report.rows[3].finding.scores != report.rows[0].finding.scores)
    #expect(report.images == nil)
  }

  @Test func theSameSeedGivesTheSameReportOnAnyNumberOfThreads() throws {
    var attack = Attack.FineTuning()
    (attack.share, attack.epochs) = (0.2, 1)
    #expect(
      try CanonicalJSON.line(report(.fineTuning(attack))) == CanonicalJSON.line(report(.fineTuning(attack), threads: 1))
    )
  }

  @Test func rowsAreThoseOfAQualificationWithWhatWasSwept() throws {
    var attack = Attack.Pruning()
    attack.rates = [0.5]
    let line = try CanonicalJSON.line(report(.pruning(attack)))
    let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(
      object["attack"] as? String == "prune" && (object["settings"] as? [String: Any])?["rates"] as? [Double] == [0.5])
    let rows = try #require(object["rows"] as? [[String: Any]])
    for key in [
      "attack", "stage", "parameter", "ba", "ba_drop", "wsr", "baseline", "delta_p", "p_t", "p_decoy", "amplitude",
      "verdict", "scores", "t", "scenario",
    ] { #expect(rows.allSatisfy { $0[key] != nil }, "\(key)") }
    let models = rows.compactMap { $0["model"] as? [String: Any] }
    #expect(models.map { $0["kind"] as? String } == ["suspect", "pruned"])
    #expect(models.allSatisfy { $0["architecture"] is String && $0["width"] is Int && $0["seed"] is Int })
    #expect((rows[1]["parameter"] as? [String: Any])?["name"] as? String == "pruned")
    #expect((rows[1]["parameter"] as? [String: Any])?["value"] as? Double == 0.5)
    let svg = AttackFigure(try report(.pruning(attack))).svg
    #expect(svg.contains("Last features pruned") && svg.contains("p among decoys") && svg.contains("α = 0.05"))
  }

  @Test func stopsWhenAsked() throws {
    let isStopped = Atomic(false)
    let context = WorkContext(
      threads: 2, report: { if $0.stage == "finetune" { isStopped.store(true, ordering: .relaxed) } },
      stopRequested: { isStopped.load(ordering: .relaxed) })
    let work = AttackWork(
      .fineTuning(.init()), on: prepared.model, archive: prepared.fixture.archive, vault: prepared.fixture.vault,
      release: nil, questions: .init(images: 20, decoys: 19), seed: 3, limits: InputLimits())
    #expect(throws: WorkError.stopped) { try work.run(context) }
  }

  // MARK: Stopped and gone on with

  /// The first step that was reported (the others are thinned out), and what came of it.
  /// - Parameter isStopped: asked before each step, and after each look at a model.
  private func stepped(
    _ attack: Attack, in directory: String, until isStopped: @escaping @Sendable () -> Bool = { false }
  ) -> (firstStep: Int?, report: Result<String, any Error>) {
    let first = Mutex<Int?>(nil)
    let context = WorkContext(
      threads: 2,
      report: { progress in if progress.unit == "steps" { first.withLock { $0 = $0 ?? progress.done } } },
      stopRequested: isStopped)
    let report = Result {
      try CanonicalJSON.line(
        AttackWork(
          attack, on: prepared.model, archive: prepared.fixture.archive, vault: prepared.fixture.vault, release: nil,
          questions: .init(images: 20, decoys: 19, alpha: 0.05), seed: 3, limits: InputLimits(),
          workDirectory: directory
        ).run(context))
    }
    return (first.withLock { $0 }, report)
  }

  /// 300 images in batches of 128: two steps an epoch, stopped at the first look.
  @Test func goesOnWithATrainingThatWasStopped() throws {
    let directory = try TemporaryDirectory()
    var fineTuning = Attack.FineTuning()
    (fineTuning.share, fineTuning.epochs) = (1, 3)
    var extraction = Attack.Extraction()
    (extraction.share, extraction.epochs, extraction.every) = (1, 3, 1)
    for attack in [Attack.fineTuning(fineTuning), .extraction(extraction)] {
      let whole = try CanonicalJSON.line(report(attack))
      let work = directory.file("work-\(attack.name)")
      let stopped = stepped(attack, in: work) { Self.firstLook(in: work) != nil }
      #expect(throws: WorkError.stopped) { try stopped.report.get() }
      let resumed = stepped(attack, in: work)
      #expect([stopped.firstStep, resumed.firstStep] == [1, 3])
      #expect(try resumed.report.get() == whole)
      let again = stepped(attack, in: work)
      #expect(again.firstStep == nil)
      #expect(try again.report.get() == whole)
    }
  }

  /// The model after the first epoch.
  private static func firstLook(in directory: String) -> String? {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.first { $0.hasSuffix("-1.safetensors") }
  }

  @Test func attacksShareAWorkDirectoryAndKeepOutOfEachOthersWay() throws {
    let directory = try TemporaryDirectory()
    var attack = Attack.FineTuning()
    (attack.share, attack.epochs) = (1, 2)
    let whole = try CanonicalJSON.line(report(.fineTuning(attack)))
    _ = stepped(.fineTuning(attack), in: directory.path) { Self.firstLook(in: directory.path) != nil }
    var other = attack
    other.share = 0.9
    let between = stepped(.fineTuning(other), in: directory.path)
    #expect(between.firstStep == 1)
    #expect(try between.report.get() == CanonicalJSON.line(report(.fineTuning(other))))
    let resumed = stepped(.fineTuning(attack), in: directory.path)
    #expect(resumed.firstStep == 3)
    #expect(try resumed.report.get() == whole)
    let lock = try DirectoryLock(directory.path)
    #expect(throws: SystemCall.Failure(path: directory.path, operation: "lock", errno: EWOULDBLOCK)) {
      try stepped(.fineTuning(attack), in: directory.path).report.get()
    }
    withExtendedLifetime(lock) {}
  }

  @Test func saysWhichModelIsMissingFromAWorkDirectory() throws {
    let directory = try TemporaryDirectory()
    var attack = Attack.FineTuning()
    (attack.share, attack.epochs) = (1, 2)
    _ = stepped(.fineTuning(attack), in: directory.path) { Self.firstLook(in: directory.path) != nil }
    let kept = try #require(Self.firstLook(in: directory.path))
    try FileManager.default.removeItem(atPath: directory.file(kept))
    let error = #expect(throws: WorkError.self) { try stepped(.fineTuning(attack), in: directory.path).report.get() }
    #expect(
      error?.code == "other-work"
        && error?.description.contains("\(kept), which it has passed, is gone") == true)
  }

  // MARK: Bad input

  @Test func refusesAModelOfOtherClassesOrImages() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("other.safetensors")
    let others = [
      NetworkDefinition(
        architecture: "cnn", width: 8, input: .init(channels: 3, height: 32, width: 32), classes: 7),
      NetworkDefinition(
        architecture: "cnn", width: 8, input: .init(channels: 1, height: 28, width: 28), classes: 10),
    ]
    for definition in others {
      try Model(definition, seed: 1).save(to: path)
      let error = #expect(throws: WorkError.self) { try report(.pruning(.init()), model: path) }
      #expect(error?.code == "other-shape" && error?.isRefusal == true)
    }
  }

  @Test func refusesAReleaseOfAnotherDataset() throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("other.tar.gz")
    try DrawnDataset(seed: 4).writeCIFAR10(to: archive, perBatch: 60, test: 60)
    let named = #expect(throws: WorkError.self) {
      try report(.pruning(.init()), archive: archive, release: "release-drawn-1")
    }
    #expect(named?.code == "other-source" && named?.isRefusal == true)
    let unnamed = #expect(throws: WorkError.self) { try report(.pruning(.init()), archive: archive) }
    #expect(unnamed?.code == "no-release" && unnamed?.isRefusal == true)
  }

  @Test func asksForANameWhereTwoReleasesAreMeant() throws {
    let fixture = try QualifiedFixture()
    try FileManager.default.copyItem(
      atPath: fixture.record.directory, toPath: "\(fixture.vault)/release-drawn-2")
    var attack = Attack.Transformation()
    attack.transforms = ImageTransform("bits:4").map { [$0] } ?? []
    let error = #expect(throws: WorkError.self) { try report(.transformation(attack), vault: fixture.vault) }
    #expect(error?.code == "ambiguous-release")
    #expect(error?.description.contains("release-drawn-1, release-drawn-2") == true)
    let named = try report(.transformation(attack), vault: fixture.vault, release: "release-drawn-2")
    #expect(named.release == "release-drawn-2")
  }

  @Test func refusesMoreImagesThanAreHeldOut() throws {
    let error = #expect(throws: WorkError.self) {
      try AttackWork(
        .pruning(.init()), on: prepared.model, archive: prepared.fixture.archive, vault: prepared.fixture.vault,
        release: nil, questions: .init(images: 1000), seed: 0, limits: InputLimits()
      ).run(WorkContext(threads: 2))
    }
    #expect(error?.code == "too-few-samples")
  }
}
