import Foundation
import Foundations
import Jobs
import Testing
import Watermarks

@testable import Fixtures
@testable import Networks
@testable import NeuralNet
@testable import Releases
@testable import Reproductions
@testable import Training
@testable import Work

/// LPIPS where the configuration names its weights; drawn ones of the smallest trunk here.
@Suite struct LPIPSReportTests {
  private func files(in directory: TemporaryDirectory) throws -> LPIPSFiles {
    let trunk = LPIPS.Trunk.squeezeNet
    let declarations = Graph.declarations(
      of: LPIPSNetwork(trunk: trunk), input: ImageShape(channels: 3, height: 64, width: 64))
    var tensors: [String: Tensor] = [:]
    for declaration in declarations {
      var stream = RandomStream(seed: 1, stream: declaration.name)
      let fan = Tensor.count(of: Array(declaration.shape.dropFirst()))
      let start = declaration.shape.count == 1 ? declaration.initialization : .kaimingNormal(fan: fan)
      tensors[declaration.name] = start.tensor(shape: declaration.shape, using: &stream)
    }
    var heads: [String: Tensor] = [:]
    for (tap, channels) in trunk.channels.enumerated() {
      heads["lin\(tap).weight"] = Tensor(
        shape: [1, channels, 1, 1], values: [Float](repeating: 0.5, count: channels))
    }
    let files = LPIPSFiles(trunk: directory.file("trunk.safetensors"), heads: directory.file("heads.safetensors"))
    try SafetensorsWriter.write(tensors, to: files.trunk)
    try SafetensorsWriter.write(heads, to: files.heads)
    return files
  }

  @Test func aReleaseReportsItAndTheVaultKeepsWhichWeights() throws {
    let fixture = try Fixture.shared.get()
    let directory = try TemporaryDirectory()
    var spec = try fixture.releaseSpec(in: directory)
    spec.lpips = try files(in: directory)
    let result = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    let distance = try #require(result.quality?["lpips"])
    #expect(result.quality?["featureDistance"] == nil)
    #expect(distance > 0 && distance < 1)
    let kept = try Vault(root: spec.vault, release: spec.name).quality()
    #expect(kept.perceptual?.trunk == "squeezenet1_1" && kept.perceptual?.isInterpolated == true)
    #expect(kept.perceptual?.images == result.markedSamples)
    #expect(try ReleaseWork(spec, WorkContext(threads: 2)).run() == result)
  }

  @Test func aGeneratorTrainedWithItSaysSo() throws {
    let fixture = try Fixture.shared.get()
    let directory = try TemporaryDirectory()
    var spec = fixture.trainSpec(in: directory)
    spec.method[SharedSettings.generatorSteps] = 2
    spec.method[SharedSettings.batch] = 4
    spec.method[SharedSettings.lpips] = try files(in: directory)
    _ = try TrainWork(spec, WorkContext(threads: 2)).run()
    let metadata = try Model.metadata(of: spec.generator)["generator"] ?? ""
    #expect(metadata.contains("LPIPS v0.1 squeezenet1_1"))
  }

  @Test func aReproductionPutsItBesideThePapers() throws {
    let fixture = try Fixture.shared.get()
    let directory = try TemporaryDirectory()
    func reproduction(_ lpips: LPIPSFiles?) -> Reproduction {
      Reproduction(
        .table1, of: .cifar10, data: fixture.archive, isChecked: false, scale: .small, objectives: [.keyed],
        settings: ReproductionTests.settings, lpips: lpips, directory: directory.file("out"), seed: 9,
        limits: InputLimits())
    }
    let report = try reproduction(try files(in: directory)).run(WorkContext(threads: 2))
    let quality = try #require(report.rows.last?.quality)
    #expect((quality.lpips ?? 0) > 0 && quality.featureDistance == nil)
    let line = try #require(ReproductionText(report).lines.last)
    #expect(line.contains(String(format: "%.4f (< 0.003)", quality.lpips ?? 0)))
    // Its cells are not those of a run without.
    let error = #expect(throws: WorkError.self) { _ = try reproduction(nil).run(WorkContext(threads: 2)) }
    #expect(error?.description.contains("LPIPS") == true)
  }

  @Test func namesAMissingTrunk() throws {
    let fixture = try Fixture.shared.get()
    let directory = try TemporaryDirectory()
    var spec = try fixture.releaseSpec(in: directory)
    spec.lpips = LPIPSFiles(trunk: directory.file("none"), heads: try files(in: directory).heads)
    let error = #expect(throws: (any Error).self) { try ReleaseWork(spec, WorkContext(threads: 2)).run() }
    #expect(error.map { "\($0)".contains("none") } == true)
    #expect(!FileManager.default.fileExists(atPath: directory.file("outbox/release-drawn-1")))
  }
}
