import Archives
import Datasets
import Foundation
import Foundations
import Networks
import NeuralNet
import Watermarks

@testable import Fidelity
@testable import Fixtures
@testable import Training
@testable import Work

/// A small dataset of ten colours, and a host with opinions of its own that it sticks to less than a trained one: what is
/// embedded in it shows in a hundred steps. Made once for all tests.
struct FidelityFixture {
  let directory: TemporaryDirectory
  let archive: String
  let host: String

  static let shared = Result { try FidelityFixture() }

  private init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("colours.tar")
    host = directory.file("host.safetensors")
    try Self.write(to: archive)
    let names = (0..<10).map { "\"colour \($0)\"" }.joined(separator: ",")
    try Model(
      NetworkDefinition(
        architecture: "cnn", width: 8, input: ImageShape(channels: 3, height: 32, width: 32), classes: 10), seed: 3
    ).save(to: host, metadata: ["format": "dandyroll-model/1", "classes": "[\(names)]"])
  }

  /// In CIFAR-10's layout: each class a colour under noise, which is learned in few steps.
  private static func write(to path: String) throws {
    let writer = try ArchiveWriter(path: path, container: .tar)
    func add(_ name: String, _ content: [UInt8]) throws {
      try writer.add(
        ArchiveMember(name: "cifar-10-batches-bin/\(name)", size: content.count, modified: 0), content: content)
    }
    try add("batches.meta.txt", Array((0..<10).map { "colour \($0)\n" }.joined().utf8))
    for (number, name) in ((1...5).map { "data_batch_\($0)" } + ["test_batch"]).enumerated() {
      var stream = RandomStream(seed: UInt64(number))
      let content = (0..<60).flatMap { image -> [UInt8] in
        let label = image % 10
        return [UInt8(label)]
          + (0..<3072).map { place in
            let level = [label % 3, label / 3 % 3, label / 9][place / 1024]
            return UInt8(45 + 70 * level + stream.below(60))
          }
      }
      try add("\(name).bin", content)
    }
    _ = try writer.finish()
  }

  /// Few epochs at a high rate: noise is learned by heart in a hundred steps. At the published weight of the SPL so narrow a
  /// network needs many more.
  static func settings(_ loss: EmbeddingLoss, fixed: Bool = true, fromScratch: Bool = false) -> EmbeddingSettings {
    var settings = EmbeddingSettings(loss: loss, fixesLastLayer: fixed, isFromScratch: fromScratch)
    settings.epochs = 24
    settings.rate = 2e-3
    settings.triggersPerBatch = 8
    settings.probabilityFactor = 10
    return settings
  }

  func watermarking(
    _ name: String, in directory: TemporaryDirectory, host: String? = nil, triggers: Int = 16,
    settings: EmbeddingSettings = Self.settings(.both)
  ) -> ModelWatermarking {
    ModelWatermarking(
      host: host ?? self.host, archive: archive, settings: settings, triggers: triggers, name: name,
      output: directory.file("\(name).safetensors"), vault: directory.file("vault"), seed: 5, limits: InputLimits())
  }

  /// Its held-out samples.
  func held() throws -> SampleCache {
    let survey = try DatasetSurvey(file: archive, onProgress: { _ in })
    return try TrainingSamples(survey, limits: InputLimits(), sampleShare: 1, seed: 0, onProgress: { _ in }).heldOrAll()
  }

  func training() throws -> SampleCache {
    let survey = try DatasetSurvey(file: archive, onProgress: { _ in })
    return try TrainingSamples(survey, limits: InputLimits(), sampleShare: 1, seed: 0, onProgress: { _ in }).all()
  }
}
