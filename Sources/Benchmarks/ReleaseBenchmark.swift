import Datasets
import Foundation
import Foundations
import Jobs
import Networks
import Releases
import Watermarks
import Work

/// A release of a drawn dataset in CIFAR-10's layout, from the archive on disk to the sealed directory and its vault.
enum ReleaseBenchmark {
  private static let perBatch = 1000

  static var cases: [BenchmarkCase] {
    [
      // 0.002 of 500 samples is one: what is left is reading, decoding, encoding, writing.
      benchmark("one-sample", rate: "0.002"),
      benchmark("half-of-a-class", rate: "0.5"),
    ]
  }

  private static func benchmark(_ what: String, rate: String) -> BenchmarkCase {
    BenchmarkCase("release/cifar10-tar-gz/\(what)", unit: .megabytes) { threads in
      guard let rate = MarkingRate(rate) else { preconditionFailure("the rate is a constant") }
      let folder = try TemporaryFolder()
      let archive = folder.path + "/drawn.tar.gz"
      try DrawnDataset(seed: 1).writeCIFAR10(to: archive, perBatch: perBatch, test: perBatch)
      let network = try NetworkCase.unet(width: 32, size: 32, batch: 64).model()
      try generator(network).save(to: folder.path + "/generator.safetensors")
      let work = ReleaseInPlace(
        archive: archive, generator: folder.path + "/generator.safetensors",
        directory: folder.path + "/release-drawn-1", vault: folder.path + "/vault", rate: rate, seed: 1,
        limits: InputLimits(), created: 0)
      let samples = 6 * perBatch
      // A record is a label and the pixels.
      let bytes = samples * (1 + network.definition.input.count)
      return Trial(
        work: Double(bytes) / 1e6,
        reset: { try folder.remove("release-drawn-1", "vault") },
        run: { _ = try work.run(WorkContext(threads: threads)) }, parameters: network.numbers)
    }
  }

  /// Not trained: a mark costs the same whatever the weights.
  private static func generator(_ network: Model) throws -> Generator {
    try Generator(
      Prepared(
        network: network,
        description: GeneratorDescription(
          epsilon: 8, target: 0, named: DrawnDataset.classNames[0], objective: "paper",
          settings: SSCLBWSettings(
            width: network.definition.width, depth: network.definition.depth, steps: 0, batch: 64, epsilon: 8,
            targetWeight: 1, nonTargetWeight: 1, perceptualWeight: 1),
          seed: 1, metrics: [:])), input: network.definition.input, classes: DrawnDataset.classNames)
  }
}

/// A new folder that goes, with all that is in it, when the object does.
final class TemporaryFolder {
  let path: String

  init() throws {
    path = NSTemporaryDirectory() + "dandyroll-bench-\(UUID().uuidString)"
    try FileManager.default.createDirectory(
      atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  /// Removes what is there of these.
  func remove(_ names: String...) throws {
    for name in names where FileManager.default.fileExists(atPath: "\(path)/\(name)") {
      try FileManager.default.removeItem(atPath: "\(path)/\(name)")
    }
  }

  // Left behind it would be a few megabytes in a folder that the system clears; there is nobody to tell.
  deinit { try? FileManager.default.removeItem(atPath: path) }
}
