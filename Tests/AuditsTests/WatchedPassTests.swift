import Archives
import Datasets
import Foundation
import Foundations
import Jobs
import Networks
import Synchronization
import Testing
import Watermarks

@testable import Audits
@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Work

/// Passes over archives say that they live and end when they are told: a job that does neither is killed as silent.
@Suite struct WatchedPassTests {
  private let directory: TemporaryDirectory
  private let archive: String

  /// An archive of many small members.
  init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("folder.tar")
    try DrawnDataset(seed: 6, shape: ImageShape(channels: 3, height: 16, width: 16))
      .writeImageFolder(to: archive, container: .tar, trainPerClass: 24, testPerClass: 8)
  }

  private final class Watch: Sendable {
    let stages = Mutex<[String: Int]>([:])
    /// The stage at whose second report the work is told to stop.
    let end: String?

    init(stopAt end: String? = nil) { self.end = end }

    var context: WorkContext {
      WorkContext(
        threads: 1, report: { progress in self.stages.withLock { $0[progress.stage, default: 0] += 1 } },
        stopRequested: { self.end.map { end in self.stages.withLock { $0[end, default: 0] > 0 } } ?? false })
    }
  }

  @Test func trainingSamplesAreReadUnderWatch() throws {
    let survey = try DatasetSurvey(file: archive)
    let loads: [(TrainingSamples) throws -> SampleCache] = [
      { try $0.all() }, { try $0.heldOrAll() }, { try $0.forGenerator(target: 1) },
    ]
    for load in loads {
      let watch = Watch(stopAt: "read")
      let reporter = Reporter(watch.context)
      let samples = try TrainingSamples(
        survey, limits: InputLimits(), sampleShare: 1, seed: 1, onProgress: reporter.bytes("read"))
      #expect(throws: WorkError.stopped) { _ = try load(samples) }
      #expect(watch.stages.withLock { $0["read"] } == 1)
    }
  }

  @Test func samplesToLookAtAreReadUnderWatch() throws {
    let watch = Watch(stopAt: "read")
    let inspection = Inspection(archive: archive, limits: InputLimits())
    #expect(throws: WorkError.stopped) {
      try inspection.run(release: nil, png: directory.file("sheet.png"), watch.context)
    }
    #expect(!FileManager.default.fileExists(atPath: directory.file("sheet.png")))
  }

  @Test func digestsOfWholeFilesAreTakenUnderWatch() throws {
    try Data(repeating: 7, count: 5 << 20).write(to: URL(fileURLWithPath: directory.file("large")))
    var passed: [Int] = []
    var over: [String?] = []
    _ = try HexDigest(ofFile: directory.file("large")) { progress in
      passed.append(progress.bytesRead)
      over.append(progress.over)
    }
    #expect(passed == (1...20).map { $0 << 18 } + [20 << 18])
    #expect(over == Array(repeating: nil, count: 20) + [directory.file("large")])
    let watch = Watch(stopAt: "digest")
    let reporter = Reporter(watch.context)
    #expect(throws: WorkError.stopped) {
      _ = try HexDigest(ofFile: directory.file("large"), onProgress: reporter.bytes("digest"))
    }
    #expect(watch.stages.withLock { $0["digest"] } == 1)
  }

  @Test(arguments: ["digest", "survey", "read", "compare"]) func aVerificationEndsWhenItIsTold(stage: String) throws {
    let keyed = try KeyedFixture.shared.get()
    func verify(_ context: WorkContext) throws -> ReleaseVerification {
      try ReleaseVerification(
        directory: keyed.release, vault: keyed.vault, original: keyed.archive, limits: InputLimits(), context)
    }
    #expect(try verify(Watch().context).holds)
    #expect(throws: WorkError.stopped) { try verify(Watch(stopAt: stage).context) }
  }

  @Test(arguments: ["read", "queries"]) func anExportEndsWhenItIsTold(stage: String) throws {
    let fixture = try QualifiedFixture()
    let export = QueryExport(
      release: fixture.release, vault: fixture.vault, images: nil, count: 12, decoys: 29, amplitude: nil,
      output: directory.file("questions"), limits: InputLimits())
    #expect(throws: WorkError.stopped) { try export.run(Watch(stopAt: stage).context) }
    #expect(!FileManager.default.fileExists(atPath: directory.file("questions")))
  }

  @Test func manyImagesAreAskedAboutUnderWatch() throws {
    let fixture = try Fixture.shared.get()
    let cache = try SampleCache(try DatasetSurvey(file: fixture.archive), choose: { _ in true })
    let surrogate = try Model(contentsOf: KeptSurrogate.path(beside: fixture.generator))
    let plan = try ClassifierPlan(surrogate, batch: 64, threads: 1)
    var reports = 0
    let correct = plan.correct(cache) { done, total in
      reports += 1
      #expect(done <= total && total == cache.count)
    }
    #expect(reports == (cache.count + 511) / 512 && (0...cache.count).contains(correct))
    struct Enough: Error {}
    #expect(throws: Enough.self) { _ = try plan.correct(cache) { _, _ in throw Enough() } }
  }
}
