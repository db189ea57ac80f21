import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct ArchiveRewriterTests {
  /// Adds 3 where there is room, subtracts elsewhere: every byte changes by exactly 3.
  static func mark(_ pixels: inout [UInt8], _ batch: MarkerBatch) {
    for index in pixels.indices { pixels[index] = pixels[index] < 250 ? pixels[index] + 3 : pixels[index] - 3 }
  }

  static func isChosen(_ index: Int) -> Bool { index % 10 == 1 && index % 20 != 11 }

  @Test(arguments: ArchiveContainer.tars)
  func changesExactlyTheChosenRecords(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      var builder = CIFARBuilder()
      builder.extra = [("readme.html", Array("<p>hello".utf8))]
      let survey = try DatasetSurvey(file: scratch.write(builder.tar, in: container))
      let result = try ArchiveRewriter(survey, batch: 4, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: Self.isChosen, marker: Self.mark)

      let input = try readAll(scratch.file("archive"))
      let output = try readAll(scratch.file("out"))
      #expect(output.map(\.member) == input.map(\.member))
      var changed: [Int] = []
      var index = 0
      for (before, after) in zip(input, output) {
        guard before.member.name.hasSuffix(".bin") else {
          #expect(before.content == after.content)
          continue
        }
        for record in 0..<20 {
          let range = record * 3073..<(record + 1) * 3073
          #expect(before.content[range.lowerBound] == after.content[range.lowerBound])
          if before.content[range] != after.content[range] { changed.append(index) }
          let difference = zip(before.content[range], after.content[range]).map { abs(Int($0) - Int($1)) }.max()
          #expect(difference == (Self.isChosen(index) ? 3 : 0))
          index += 1
        }
      }
      #expect(changed == (0..<120).filter(Self.isChosen))
      #expect(result.marked.map(\.index) == changed)
      #expect(result.sampleCount == 120)
      #expect(result.inputDigest == survey.digest)
      let written = try scratch.read("out")
      #expect(result.outputDigest == HexDigest(of: written))
      #expect(result.outputBytes == written.count)

      let first = try #require(result.marked.first)
      let original = Array(try #require(builder.batches["data_batch_1.bin"])[3074..<2 * 3073])
      var marked = original
      Self.mark(&marked, MarkerBatch(indices: [1], labels: [1], shape: survey.shape))
      #expect(first.member == "cifar-10-batches-bin/data_batch_1.bin")
      #expect(first.offset == 3074)
      #expect(first.original == HexDigest(of: original))
      #expect(first.marked == HexDigest(of: marked))
    }
  }

  @Test func passesEverythingThroughByteForByteWithoutAChoice() throws {
    try Scratch.run { scratch throws in
      // An archive in our own form comes out as the same file.
      let data = DrawnDataset(seed: 3)
      for container in ArchiveContainer.tars {
        try data.writeCIFAR10(to: scratch.file("in"), container: container, perBatch: 10, test: 10)
        let survey = try DatasetSurvey(file: scratch.file("in"))
        let result = try ArchiveRewriter(survey, batch: 8, budget: .linf(0)).rewrite(
          to: scratch.file("out"), choose: { _ in false }, marker: { _, _ in Issue.record("nothing was chosen") })
        #expect(try scratch.read("in") == scratch.read("out"))
        #expect(result.marked.isEmpty)
      }
    }
  }

  @Test func keepsForeignContentInTarsOfAnyOrigin() throws {
    try Scratch.run { scratch throws in
      let builder = CIFARBuilder()
      let survey = try DatasetSurvey(file: scratch.write(builder.tar))
      _ = try ArchiveRewriter(survey, batch: 8, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 0 }, marker: Self.mark)
      // Without our reader.
      let before = parseTar(builder.tar)
      let after = parseTar(try scratch.read("out"))
      #expect(before.map(\.name) == after.map(\.name))
      let differing = zip(before, after).filter { $0.content != $1.content }.map(\.0.name)
      #expect(differing == ["cifar-10-batches-bin/data_batch_1.bin"])
      #expect(after[2].content[3073...].elementsEqual(before[2].content[3073...]))
      #expect(after[2].content[0] == before[2].content[0])
      // mtime stays.
      #expect(zip(before, after).allSatisfy { $0.header[136..<147] == $1.header[136..<147] })
    }
  }

  @Test(arguments: [ArchiveContainer.tar, .tarGzip])
  func writesTheSameBytesForAnyBatchSize(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      let data = DrawnDataset(seed: 4)
      try data.writeCIFAR10(to: scratch.file("in"), container: container, perBatch: 30, test: 20)
      let survey = try DatasetSurvey(file: scratch.file("in"))
      var outputs: Set<HexDigest> = []
      for batch in [1, 2, 7, 64, 1000] {
        var sizes: [Int] = []
        let result = try ArchiveRewriter(survey, batch: batch, budget: .linf(3)).rewrite(
          to: scratch.file("out"), choose: { $0 % 3 == 0 }
        ) { pixels, batch in
          sizes.append(batch.count)
          #expect(pixels.count == batch.count * 3072)
          #expect(batch.labels == batch.indices.map { survey.labels[$0] })
          Self.mark(&pixels, batch)
        }
        #expect(sizes.dropLast().allSatisfy { $0 == batch })
        #expect(sizes.reduce(0, +) == 57)
        outputs.insert(result.outputDigest)
      }
      #expect(outputs.count == 1)
    }
  }

  @Test func marksEarlyWhenTooMuchWaits() throws {
    try Scratch.run { scratch throws in
      // 6 × 1200 records are 22 MB; the one chosen sample at the start may not hold all of it up.
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder(perBatch: 1200).tar))
      var sizes: [Int] = []
      let result = try ArchiveRewriter(survey, batch: 100, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 0 || $0 == survey.count - 1 }
      ) { pixels, batch in
        sizes.append(batch.count)
        Self.mark(&pixels, batch)
      }
      #expect(sizes == [1, 1])
      let single = try ArchiveRewriter(survey, batch: 1, budget: .linf(3)).rewrite(
        to: scratch.file("single"), choose: { $0 == 0 || $0 == survey.count - 1 }, marker: Self.mark)
      #expect(single.outputDigest == result.outputDigest)
    }
  }

  @Test(arguments: [1, 3])
  func rewritesChosenImagesOnly(channels: Int) throws {
    try Scratch.run { scratch throws in
      let data = DrawnDataset(seed: 5, shape: ImageShape(channels: channels, height: 20, width: 24))
      try data.writeImageFolder(to: scratch.file("in"), container: .tar, trainPerClass: 3, testPerClass: 1)
      let survey = try DatasetSurvey(file: scratch.file("in"))
      #expect(survey.count == 40)
      var digests: Set<HexDigest> = []
      for batch in [1, 5, 64] {
        let result = try ArchiveRewriter(survey, batch: batch, budget: .linf(3)).rewrite(
          to: scratch.file("out"), choose: { $0 % 4 == 2 }, marker: Self.mark)
        digests.insert(result.outputDigest)
        #expect(result.marked.map(\.offset) == Array(repeating: 0, count: 10))
      }
      #expect(digests.count == 1)
      let before = try readAll(scratch.file("in"))
      let after = try readAll(scratch.file("out"))
      #expect(before.map(\.member.name) == after.map(\.member.name))
      for (index, pair) in zip(before, after).enumerated() {
        guard index % 4 == 2 else {
          #expect(pair.0 == pair.1)
          continue
        }
        let old = try PNGImage(decoding: pair.0.content)
        let new = try PNGImage(decoding: pair.1.content)
        #expect(old.shape == survey.shape && new.shape == survey.shape)
        #expect(zip(old.pixels, new.pixels).allSatisfy { abs(Int($0) - Int($1)) == 3 })
      }
    }
  }

  @Test func keepsNamesAndBadImages() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      let bad = Array("not an image at all".utf8)
      tar.add("a/0.png", content: bad)
      tar.add("a/1.jpg", content: PNGBuilder.plain(100))
      tar.add("b/", type: "5")
      tar.add("b/2.png", content: PNGBuilder.plain(200))
      var limits = InputLimits()
      limits.badSampleShare = 0.5
      let survey = try DatasetSurvey(file: scratch.write(tar.finished), limits: limits)
      _ = try ArchiveRewriter(survey, batch: 9, budget: .linf(3), limits: limits).rewrite(
        to: scratch.file("out"), choose: { _ in true }, marker: Self.mark)
      let members = try readAll(scratch.file("out"))
      #expect(members.map(\.member.name) == ["a/0.png", "a/1.jpg", "b/", "b/2.png"])
      #expect(members[0].content == bad)
      #expect(try PNGImage(decoding: members[1].content).pixels == [UInt8](repeating: 103, count: 192))
      #expect(try PNGImage(decoding: members[3].content).pixels == [UInt8](repeating: 203, count: 192))
    }
  }

  @Test func keepsTimesBeyondTheHeader() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.addPax([("mtime", "-86400")])
      tar.add("a/1.png", content: PNGBuilder.plain(100))
      tar.addPax([("mtime", "253402300800.25")])
      tar.add("b/2.png", content: PNGBuilder.plain(100))
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      _ = try ArchiveRewriter(survey, batch: 9, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 0 }, marker: Self.mark)
      #expect(try readAll(scratch.file("out")).map(\.member.modified) == [-86400, 253_402_300_800])
    }
  }

  @Test func marksLargeImagesInSmallerBatches() throws {
    try Scratch.run { scratch throws in
      // 3 MB of pixels each: at most 6 fit the 16 MiB that may wait.
      let writer = try ArchiveWriter(path: scratch.file("in"), container: .tar)
      for number in 0..<14 {
        let png = PNGBuilder.plain(UInt8(number), width: 1000, height: 1000)
        try writer.add(ArchiveMember(name: "a/\(number).png", size: png.count, modified: 0), content: png)
      }
      _ = try writer.finish()
      let survey = try DatasetSurvey(file: scratch.file("in"))
      var sizes: [Int] = []
      _ = try ArchiveRewriter(survey, batch: 64, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { _ in true }
      ) { pixels, batch in
        sizes.append(batch.count)
        Self.mark(&pixels, batch)
      }
      #expect(sizes == [6, 6, 2])
    }
  }

  @Test func refusesAMarkerThatChangesMorePixelsThanItMay() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar))
      let plane = survey.shape.height * survey.shape.width
      /// Changes so many pixels in every channel.
      func rewrite(pixels count: Int) throws {
        _ = try ArchiveRewriter(survey, batch: 4, budget: ChangeBudget(largestChange: 255, changedPixels: 2)).rewrite(
          to: scratch.file("out-\(count)"), choose: { $0 == 25 },
          marker: { pixels, _ in
            for index in pixels.indices where index % plane < count { pixels[index] = 255 - pixels[index] / 2 }
          })
      }
      try rewrite(pixels: 2)
      let error = #expect(throws: DatasetError.self) { try rewrite(pixels: 3) }
      let text = error?.description ?? ""
      #expect(error?.limit == 2 && text.contains("3 pixels, more than 2"), "\(text)")
    }
  }

  @Test func refusesAMarkerThatBreaksEpsilon() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar))
      let error = #expect(throws: DatasetError.self) {
        try ArchiveRewriter(survey, batch: 4, budget: .linf(2)).rewrite(
          to: scratch.file("out"), choose: { $0 == 25 }, marker: Self.mark)
      }
      guard case .overBudget(25, let change, .linf(2)) = error?.cause else {
        Issue.record("\(String(describing: error))")
        return
      }
      #expect(change.largestChange == 3 && error?.limit == 2)
      #expect(error?.offset == 5 * 3073 + 1)
      #expect(error?.isRefusal == false)
    }
  }

  @Test func stopsWhenTheMarkerThrows() throws {
    struct Stop: Error {}
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar))
      #expect(throws: Stop.self) {
        try ArchiveRewriter(survey, batch: 4, budget: nil).rewrite(
          to: scratch.file("out"), choose: { _ in true }, marker: { _, _ in throw Stop() })
      }
    }
  }

  @Test func refusesToFinishWhenTheInputHasChanged() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar))
      var other = CIFARBuilder()
      other.batches["test_batch.bin"]?[3072] ^= 1
      _ = try scratch.write(other.tar)
      let error = #expect(throws: DatasetError.self) {
        try ArchiveRewriter(survey, batch: 4, budget: nil).rewrite(
          to: scratch.file("out"), choose: { $0 < 3 }, marker: Self.mark)
      }
      #expect(error?.cause == .archiveChanged)
    }
  }
}
