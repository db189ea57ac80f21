import Datasets
import Foundation
import Foundations
import Jobs
import Watermarks

@testable import Training
@testable import Work

/// A directory that is gone after the test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    path = FileManager.default.temporaryDirectory.appendingPathComponent("dandyroll-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
  }

  deinit { try? FileManager.default.removeItem(atPath: path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

/// A small drawn dataset and a generator that was trained on it for a few steps, made once for all tests.
struct Fixture {
  let directory: TemporaryDirectory
  let archive: String
  let generator: String

  static let target = DrawnDataset.classNames[1]

  static let method = {
    var method = MethodSettings(of: .paper)
    method[SharedSettings.surrogateWidth] = 8
    method[SharedSettings.surrogateEpochs] = 1
    method[SharedSettings.generatorWidth] = 8
    method[SharedSettings.generatorDepth] = 2
    method[SharedSettings.generatorSteps] = 6
    method[SharedSettings.batch] = 16
    method[SharedSettings.sampleShare] = 0.5
    return method
  }()

  static let shared = Result { try Fixture() }

  private init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar.gz")
    generator = directory.file("generator.safetensors")
    try DrawnDataset(seed: 1).writeCIFAR10(to: archive, perBatch: 60, test: 40)
    _ = try TrainWork(trainSpec(in: directory), WorkContext(threads: 2)).run()
  }

  func trainSpec(in directory: TemporaryDirectory, target: String = Fixture.target) -> TrainSpec {
    TrainSpec(
      archive: archive, dataset: "drawn", target: target, method: Self.method, seed: 11,
      generator: directory.file("generator.safetensors"), workDirectory: directory.file("checkpoints"),
      limits: InputLimits())
  }

  func releaseSpec(in directory: TemporaryDirectory, rate: String = "0.5", seed: UInt64 = 5, batch: Int = 8) throws
    -> ReleaseSpec
  {
    ReleaseSpec(
      archive: archive, archiveName: "drawn.tar.gz", dataset: "drawn", releaseVersion: 1, generator: generator,
      rate: try rate.asRate(), seed: seed, outbox: directory.file("outbox"),
      staging: directory.file("outbox/.staging/1"), vault: directory.file("vault"), batch: batch,
      created: 1_800_000_000, limits: InputLimits())
  }
}

struct NotARate: Error {}

extension String {
  func asRate() throws -> MarkingRate {
    guard let rate = MarkingRate(self) else { throw NotARate() }
    return rate
  }
}

/// Every file under a directory with its bytes.
func contents(of directory: String) throws -> [String: Data] {
  var files: [String: Data] = [:]
  for name in try FileManager.default.subpathsOfDirectory(atPath: directory) {
    files[name] = FileManager.default.contents(atPath: "\(directory)/\(name)")
  }
  return files
}
