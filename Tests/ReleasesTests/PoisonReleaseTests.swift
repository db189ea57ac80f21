import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Watermarks
@testable import Work

/// Methods that compute their marks for certain samples, from the archive to the verified release.
@Suite struct PoisonReleaseTests {
  private let directory: TemporaryDirectory
  private let archive: String

  init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar")
    try DrawnDataset(seed: 2).writeCIFAR10(to: archive, container: .tar, perBatch: 30, test: 20)
  }

  private func settings(_ method: some WatermarkMethod) -> MethodSettings {
    var settings = MethodSettings(of: method.declaration)
    settings[SharedSettings.surrogate] = "cnn"
    settings[SharedSettings.surrogateWidth] = 8
    settings[SharedSettings.surrogateEpochs] = 1
    switch method {
    case is LabelConsistentMethod:
      settings[PoisonSettings.classShare] = 0.5
      settings[PoisonSettings.attackSteps] = 3
    default:
      settings[SleeperAgentMethod.share] = 0.04
      settings[PoisonSettings.sources] = 10
      settings[PoisonSettings.matchSteps] = 3
      settings[PoisonSettings.retrainEvery] = 2
      settings[PoisonSettings.retrainEpochs] = 1
    }
    return settings
  }

  private func train(
    _ method: MethodSettings, target: String = DrawnDataset.classNames[1], threads: Int = 2, into name: String = "g"
  ) throws -> String {
    let generator = directory.file("\(name).safetensors")
    _ = try TrainWork(
      TrainSpec(
        archive: archive, dataset: "drawn", target: target, method: method, seed: 7, generator: generator,
        workDirectory: directory.file("\(name)-checkpoints"), limits: InputLimits()), WorkContext(threads: threads)
    ).run()
    return generator
  }

  private func spec(_ generator: String, archive: String) throws -> ReleaseSpec {
    ReleaseSpec(
      archive: archive, archiveName: "drawn.tar", dataset: "drawn", releaseVersion: 1, generator: generator,
      rate: nil, seed: 5, outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"),
      vault: directory.file("vault"), batch: 4, created: 1_800_000_000, limits: InputLimits())
  }

  private func problems(_ method: some WatermarkMethod) throws -> [String] {
    let generator = try train(settings(method))
    let result = try ReleaseWork(spec(generator, archive: archive), WorkContext(threads: 1)).run()
    #expect(result.markedSamples > 0)
    let read = try Generator(contentsOf: generator)
    let survey = try DatasetSurvey(file: archive, limits: InputLimits(), onProgress: { _ in })
    #expect(result.markedSamples == read.watermark.candidates(in: survey).count)
    // The same bytes, whatever the number of threads.
    let again = try train(settings(method), threads: 1, into: "again")
    #expect(FileManager.default.contents(atPath: generator) == FileManager.default.contents(atPath: again))
    return try ReleaseVerification(
      directory: result.directory, vault: directory.file("vault"), original: archive, limits: InputLimits()
    ).checks.filter { !$0.holds }.map { "\($0.rule): \($0.detail)" }
  }

  @Test func labelConsistentMarksAreReleasedAndVerified() throws {
    #expect(try problems(LabelConsistentMethod()) == [])
    let document = try CanonicalJSON.decode(
      ReleaseDocument.self, from: directory.file("outbox/release-drawn-1/release.json"))
    #expect(document.largestChange == 8 && document.openCorners == 3)
  }

  @Test func sleepersAreReleasedAndVerified() throws { #expect(try problems(SleeperAgentMethod()) == []) }

  @Test func untargetedPoisonsAreReleasedAndVerified() throws { #expect(try problems(UBWCMethod()) == []) }

  @Test func aReleaseOfAnotherArchiveIsRefused() throws {
    let generator = try train(settings(LabelConsistentMethod()))
    let other = directory.file("other.tar")
    try DrawnDataset(seed: 3).writeCIFAR10(to: other, container: .tar, perBatch: 2, test: 20)
    do {
      _ = try ReleaseWork(spec(generator, archive: other), WorkContext(threads: 1)).run()
      Issue.record("marks of another archive were released")
    } catch let error as WatermarkError {
      #expect(error.code == "other-archive")
    }
  }

  @Test func whatCannotBeMarkedIsRefusedBeforeAnythingIsTrained() throws {
    func refusal(_ method: MethodSettings, target: String = DrawnDataset.classNames[1]) -> String? {
      do {
        _ = try train(method, target: target, into: "refused")
        return nil
      } catch { return (error as? WatermarkError)?.code ?? "\(type(of: error))" }
    }
    var wide = settings(LabelConsistentMethod())
    wide[PoisonSettings.cornerSize] = 17
    #expect(refusal(wide) == "images-too-small")
    var few = settings(LabelConsistentMethod())
    few[PoisonSettings.classShare] = 0.001
    #expect(refusal(few) == "too-few-samples")
    var large = settings(SleeperAgentMethod())
    large[PoisonSettings.sourcePatch] = 33
    #expect(refusal(large) == "images-too-small")
    var many = settings(SleeperAgentMethod())
    many[SleeperAgentMethod.share] = 0.5
    #expect(refusal(many) == "too-few-samples")
    #expect(refusal(settings(SleeperAgentMethod()), target: "no such class") == "WorkError")
    let kept = (try? FileManager.default.contentsOfDirectory(atPath: directory.file("refused-checkpoints"))) ?? []
    #expect(kept == [])
  }
}
