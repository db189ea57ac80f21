import Archives
import Datasets
import Foundation

/// Ten classes of one colour each, with noise: a network tells them apart after a few dozen steps, whatever kernels it is
/// trained with, and a generator that may change values enough only has to paint another colour.
enum ColourPictures {
  static func samples(_ count: Int = 200, seed: UInt64) throws -> SampleCache {
    let archive = FileManager.default.temporaryDirectory.appendingPathComponent("\(UUID().uuidString).tar").path
    defer { try? FileManager.default.removeItem(atPath: archive) }
    let writer = try ArchiveWriter(path: archive, container: .tar)
    func member(_ name: String, _ size: Int) -> ArchiveMember {
      ArchiveMember(name: "cifar-10-batches-bin/\(name)", size: size, modified: 0)
    }
    let names = (0..<10).map { "colour \($0)\n" }.joined()
    try writer.add(member("batches.meta.txt", names.utf8.count), content: Array(names.utf8))
    var state = seed
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      let images = name == "test_batch.bin" ? 10 : count / 5
      try writer.begin(member(name, images * 3073))
      for number in 0..<images {
        let label = number % 10
        var record = [UInt8(label)]
        for channel in 0..<3 {
          let level = 40 + 87 * ((label + 1) / [1, 3, 9][channel] % 3)
          for _ in 0..<1024 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            record.append(UInt8(level - 20 + Int(state >> 58) % 41))
          }
        }
        try writer.write(record.span)
      }
    }
    _ = try writer.finish()
    let survey = try DatasetSurvey(file: archive)
    return try SampleCache(survey, choose: { survey.splits[$0] == .train })
  }
}
