import Datasets
import Foundation
import Foundations
import Jobs
import Networks
import Synchronization
import Testing

@testable import Fixtures
@testable import Trials
@testable import Work

@Suite struct QualifyWorkTests {
  private func result(_ fixture: QualifiedFixture) throws -> QualifyResult {
    try QualifyWork(fixture.qualifySpec(work: fixture.directory.file("work")), WorkContext(threads: 2)).run()
  }

  @Test func leavesItsReportInTheVault() throws {
    let fixture = try QualifiedFixture()
    let result = try result(fixture)
    #expect(result.release == "release-drawn-1" && result.models == 7)
    #expect(result.outcome != .passed && !result.reasons.isEmpty)
    let data = try #require(FileManager.default.contents(atPath: result.report))
    let report = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(report["outcome"] as? String == result.outcome.rawValue)
    #expect(report["reasons"] as? [String] == result.reasons)
    #expect((report["rows"] as? [Any])?.count == 7)
  }

  /// Stopped when its fourth model is in training, it trains the first three no second time.
  @Test func aStoppedQualificationGoesOnToTheSameBytes() throws {
    let undisturbed = try QualifiedFixture()
    let expected = try FileManager.default.contents(atPath: result(undisturbed).report)
    let fixture = try QualifiedFixture()
    let spec = fixture.qualifySpec(work: fixture.directory.file("work"))
    let isStopped = Atomic(false)
    let stopping = WorkContext(
      threads: 2, report: { if $0.stage == "ind-w" { isStopped.store(true, ordering: .relaxed) } },
      stopRequested: { isStopped.load(ordering: .relaxed) })
    #expect(throws: WorkError.stopped) { try QualifyWork(spec, stopping).run() }
    #expect(!FileManager.default.fileExists(atPath: fixture.record.qualification))
    let stages = Mutex<Set<String>>([])
    let context = WorkContext(threads: 1, report: { progress in stages.withLock { _ = $0.insert(progress.stage) } })
    let again = try QualifyWork(spec, context).run()
    #expect(stages.withLock { $0 }.isDisjoint(with: ["ind-m"]))
    #expect(stages.withLock { $0 }.isSuperset(of: ["ind-w", "malicious"]))
    #expect(FileManager.default.contents(atPath: again.report) == expected)
  }

  @Test func aModelThatWasMadeOtherwiseIsTrainedAgain() throws {
    let fixture = try QualifiedFixture()
    var spec = fixture.qualifySpec(work: fixture.directory.file("work"))
    let first = try FileManager.default.contents(atPath: QualifyWork(spec, WorkContext(threads: 2)).run().report)
    spec.seed += 1
    _ = try QualifyWork(spec, WorkContext(threads: 2)).run()
    spec.seed -= 1
    let again = try FileManager.default.contents(atPath: QualifyWork(spec, WorkContext(threads: 2)).run().report)
    #expect(first == again)
  }

  /// A cache that holds 200 images of the 300: models learn from those, and nothing is refused.
  @Test func takesAsManySamplesAsTheCacheMayHold() throws {
    let fixture = try QualifiedFixture()
    var spec = fixture.qualifySpec(work: fixture.directory.file("work"))
    spec.limits.cacheBytes = 200 * 3072
    spec.settings.epochs = 1
    #expect(try QualifyWork(spec, WorkContext(threads: 2)).run().models == 7)
    let model = try #require(
      try FileManager.default.contentsOfDirectory(atPath: spec.workDirectory).first { $0.contains("malicious") })
    #expect(try Model.metadata(of: "\(spec.workDirectory)/\(model)")["recipe"]?.contains("\"samples\":200") == true)
  }

  @Test func everyModelIsHeldAgainstThePanel() throws {
    let fixture = try QualifiedFixture.colours()
    _ = try ReferenceWork(
      fixture.referenceSpec(models: 3, work: fixture.directory.file("panel")), WorkContext(threads: 2)
    ).run()
    let report = try Qualification(
      release: fixture.release, vault: fixture.vault, original: fixture.archive,
      settings: QualificationSettings(QualifiedFixture.settings, seed: 4), limits: InputLimits()
    ).run(WorkContext(threads: 2))
    #expect(report.references == 3)
    #expect(report.rows.allSatisfy { [0.25, 0.5, 0.75, 1].contains($0.pPanel) })
    let without = try Qualification(
      release: fixture.release, vault: fixture.vault, original: fixture.archive,
      settings: QualificationSettings(QualifiedFixture.settings, seed: 4), limits: InputLimits(), usesPanel: false
    ).run(WorkContext(threads: 2))
    #expect(without.references == nil)
  }

  // MARK: - Data that nothing can be said about

  private let drawn = DrawnDataset(seed: 8)

  @Test func oneClassOnlyIsInconclusive() throws {
    let result = try result(
      QualifiedFixture { file, number in (1, drawn.pixels(label: 1, number: 100 * file + number)) })
    #expect(result.outcome == .inconclusive)
    #expect(result.reasons.first?.contains("every training sample is of class \(Fixture.target)") == true)
  }

  @Test func tooFewSamplesOfAClassIsInconclusive() throws {
    let result = try result(
      QualifiedFixture { file, number in
        let label = file == 0 && number < 7 ? 3 : [0, 1, 2, 4, 5, 6, 7, 8, 9][number % 9]
        return (label, drawn.pixels(label: label, number: 100 * file + number))
      })
    #expect(result.outcome == .inconclusive)
    #expect(result.reasons == ["class \(DrawnDataset.classNames[3]) has 7 training samples, at least 10 are needed"])
  }

  @Test func refusesAnArchiveThatIsNotWhatWasReleased() throws {
    let fixture = try QualifiedFixture()
    let path = "\(fixture.release)/data/drawn.tar.gz"
    try FileManager.default.removeItem(atPath: path)
    try DrawnDataset(seed: 12).writeCIFAR10(to: path, perBatch: 60, test: 60)
    let error = #expect(throws: WorkError.self) {
      try Qualification(
        release: fixture.release, vault: fixture.vault, original: fixture.archive,
        settings: QualificationSettings(QualifiedFixture.settings, seed: 4), limits: InputLimits()
      ).run(WorkContext(threads: 1))
    }
    #expect(error == .malformed(path: path, reason: "its SHA-256 is not the one in release.json"))
  }

  @Test func constantImagesAreInconclusive() throws {
    let result = try result(
      QualifiedFixture { file, number in
        (number % 10, [UInt8](repeating: UInt8(truncatingIfNeeded: 37 * file + number), count: 3072))
      })
    #expect(result.outcome == .inconclusive)
    #expect(result.reasons.first?.hasSuffix("are of one colour: there is nothing to learn") == true)
  }

  @Test func anAccuracyAtChanceLevelIsInconclusive() throws {
    // Labels that have nothing to do with the images.
    let result = try result(
      QualifiedFixture { file, number in
        (number % 10, drawn.pixels(label: (7 * number + 3 * file + number / 10) % 10, number: 100 * file + number))
      })
    #expect(result.outcome == .inconclusive)
    #expect(result.models == 7)
    #expect(result.reasons.first?.contains("its accuracy is at chance level") == true)
  }

  @Test func tooFewImagesToAskAboutIsInconclusive() throws {
    let result = try result(
      QualifiedFixture(test: 20) { file, number in
        (number % 10, drawn.pixels(label: number % 10, number: 100 * file + number))
      })
    #expect(result.outcome == .inconclusive)
    #expect(result.reasons.first?.hasPrefix("18 images of other classes than the target are held out, 20") == true)
  }
}
