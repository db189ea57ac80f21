import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct SampleStreamTests {
  func collect(_ stream: SampleStream) throws -> [Sample] {
    var samples: [Sample] = []
    while let sample = try stream.next() { samples.append(sample) }
    return samples
  }

  @Test func yieldsEveryRecordWithItsPlace() throws {
    try Scratch.run { scratch throws in
      let builder = CIFARBuilder()
      let survey = try DatasetSurvey(file: scratch.write(builder.tar, in: .tarGzip))
      let samples = try collect(try SampleStream(survey))
      #expect(samples.map(\.index) == Array(0..<120))
      for sample in samples {
        let file = CIFARBuilder.files[sample.index / 20]
        let record = sample.index % 20
        let batch = try #require(builder.batches[file])
        #expect(sample.member == "cifar-10-batches-bin/\(file)")
        #expect(sample.offset == record * 3073 + 1)
        #expect(sample.pixels == Array(batch[sample.offset..<sample.offset + 3072]))
        #expect(sample.label == record % 10)
        #expect(sample.split == (file == "test_batch.bin" ? .test : .train))
      }
    }
  }

  @Test func asksForEverySampleOnceAndInOrder() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar))
      let asked = Counter()
      let stream = try SampleStream(
        survey,
        choose: { index in
          asked.values.append(index)
          return index % 7 == 3
        })
      #expect(try collect(stream).map(\.index) == (0..<120).filter { $0 % 7 == 3 })
      #expect(asked.values == Array(0..<120))
      #expect(try stream.next() == nil)
    }
  }

  final class Counter { var values: [Int] = [] }

  @Test func yieldsImagesAndLeavesOutBadOnes() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("b/0.png", content: PNGBuilder.plain(1))
      tar.add("b/1.png", content: Array(PNGBuilder.plain(2).dropLast(5)))
      tar.add("a/2.png", content: PNGBuilder.plain(3))
      tar.add("a/3.png", content: PNGBuilder.plain(4))
      var limits = InputLimits()
      limits.badSampleShare = 0.25
      let survey = try DatasetSurvey(file: scratch.write(tar.finished), limits: limits)
      let samples = try collect(try SampleStream(survey, limits: limits, choose: { $0 != 2 }))
      #expect(samples.map(\.member) == ["b/0.png", "a/2.png"])
      #expect(samples.map(\.index) == [0, 1])
      #expect(samples.map(\.label) == [1, 0])
      #expect(samples.map(\.pixels) == [1, 3].map { [UInt8](repeating: $0, count: 192) })
    }
  }

  @Test func noticesThatTheArchiveHasChanged() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar))
      var other = CIFARBuilder()
      other.batches["test_batch.bin"]?[100] ^= 1
      _ = try scratch.write(other.tar)
      let error = #expect(throws: DatasetError.self) { try collect(try SampleStream(survey)) }
      #expect(error?.cause == .archiveChanged)
      for perBatch in [19, 21] {
        _ = try scratch.write(CIFARBuilder(perBatch: perBatch).tar)
        #expect(throws: DatasetError.self) { try collect(try SampleStream(survey)) }
      }
    }
  }

  @Test func cachesChosenSamples() throws {
    try Scratch.run { scratch throws in
      let builder = CIFARBuilder()
      let survey = try DatasetSurvey(file: scratch.write(builder.tar, in: .tarZstd))
      let cache = try SampleCache(survey, choose: { survey.labels[$0] == 4 })
      #expect(cache.count == 12)
      #expect(cache.labels.allSatisfy { $0 == 4 })
      #expect(cache.indices == (0..<120).filter { $0 % 10 == 4 })
      #expect(cache.pixels.count == 12 * 3072)
      let batch = try #require(builder.batches["data_batch_1.bin"])
      #expect(cache.pixels(of: 1).elementsEqual(batch[14 * 3073 + 1..<15 * 3073]))
    }
  }

  @Test func refusesACacheAboveItsLimit() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar))
      var limits = InputLimits()
      limits.cacheBytes = 12 * 3072 - 1
      let error = #expect(throws: DatasetError.self) {
        try SampleCache(survey, limits: limits, choose: { survey.labels[$0] == 4 })
      }
      #expect(error?.cause == .cacheLimit(bytes: 12 * 3072, limit: limits.cacheBytes))
      limits.cacheBytes += 1
      #expect(try SampleCache(survey, limits: limits, choose: { survey.labels[$0] == 4 }).count == 12)
    }
  }

  /// Members so small that all of them together are a fraction of a MiB.
  @Test func saysThatItLivesEveryFewMembersAndEndsWhenItIsTold() throws {
    try Scratch.run { scratch throws in
      let path = scratch.file("folder.tar.zst")
      try DrawnDataset(seed: 1, shape: ImageShape(channels: 1, height: 8, width: 8))
        .writeImageFolder(to: path, container: .tarZstd, trainPerClass: 50, testPerClass: 0)
      let seen = Counter()
      let survey = try DatasetSurvey(file: path, onProgress: { seen.values.append($0.bytesRead) })
      let least = survey.memberCount / ArchiveReader.membersBetweenReports
      #expect(survey.fileBytes < FileSource.reportEvery && least >= 7)
      #expect(seen.values.count >= least)
      struct Enough: Error {}
      func pass(_ body: @escaping (@escaping ProgressReport) throws -> Void) throws -> Int {
        let reports = Counter()
        try body { reports.values.append($0.bytesRead) }
        var left = reports.values.count / 2
        #expect(throws: Enough.self) {
          try body { _ in
            left -= 1
            if left == 0 { throw Enough() }
          }
        }
        return reports.values.count
      }
      #expect(try pass { _ = try DatasetSurvey(file: path, onProgress: $0) } >= least)
      #expect(try pass { _ = try SampleCache(survey, choose: { _ in true }, onProgress: $0) } >= least)
      #expect(
        try pass { onProgress in
          let stream = try SampleStream(survey, choose: { $0 == 0 }, onProgress: onProgress)
          while try stream.next() != nil {}
        } >= least)
      #expect(
        try pass { _ = try ArchiveComparison(original: survey, released: survey, marked: nil, onProgress: $0) }
          >= 2 * least)
    }
  }

  @Test func reportsProgressToTheEnd() throws {
    try Scratch.run { scratch throws in
      let tar = CIFARBuilder(perBatch: 500).tar
      let path = try scratch.write(tar)
      let seen = Counter()
      let survey = try DatasetSurvey(file: path) { progress in
        #expect(progress.bytesTotal == tar.count)
        seen.values.append(progress.bytesRead)
      }
      #expect(seen.values.count >= 8)
      #expect(seen.values == seen.values.sorted())
      #expect(seen.values.last == survey.fileBytes)
    }
  }
}
