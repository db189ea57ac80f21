import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct MNISTIDXLayoutTests {
  static let everything = Set(IDXBuilder.names)

  /// Images first, labels first, test before training, and labels at the end.
  static let orders: [[String]] = [
    IDXBuilder.names, IDXBuilder.names.reversed(),
    [IDXBuilder.names[1], IDXBuilder.names[3], IDXBuilder.names[0], IDXBuilder.names[2]],
    [IDXBuilder.names[0], IDXBuilder.names[2], IDXBuilder.names[1], IDXBuilder.names[3]],
  ]

  func collect(_ stream: SampleStream) throws -> [Sample] {
    var samples: [Sample] = []
    while let sample = try stream.next() { samples.append(sample) }
    return samples
  }

  @Test(arguments: orders, [[], everything, [IDXBuilder.names[0], IDXBuilder.names[3]]])
  func readsTheFourFilesInAnyOrder(order: [String], compressed: Set<String>) throws {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      (builder.order, builder.compressed) = (order, compressed)
      let survey = try DatasetSurvey(file: scratch.write(builder.tar))
      #expect(survey.layout == .mnistIDX)
      #expect(survey.shape == ImageShape(channels: 1, height: 28, width: 28))
      #expect(survey.classNames == (0..<10).map(String.init))
      #expect(survey.counts(in: .train) == Array(repeating: 3, count: 10))
      #expect(survey.counts(in: .test) == Array(repeating: 2, count: 10))

      let isTestFirst = order.firstIndex(of: IDXBuilder.names[2]) ?? 4 < order.firstIndex(of: IDXBuilder.names[0]) ?? 4
      let samples = try collect(try SampleStream(survey))
      #expect(samples.map(\.index) == Array(0..<50))
      for sample in samples {
        let isTest = isTestFirst ? sample.index < 20 : sample.index >= 30
        let number = sample.index - (isTest == isTestFirst ? 0 : isTest ? 30 : 20)
        let file = IDXBuilder.names[isTest ? 2 : 0]
        let content = try #require(builder.files[file])
        #expect(sample.split == (isTest ? .test : .train))
        #expect(sample.label == number % 10)
        #expect(sample.member == "mnist/raw/\(file)\(compressed.contains(file) ? ".gz" : "")")
        #expect(sample.offset == 16 + number * 784)
        #expect(sample.pixels == Array(content[sample.offset..<sample.offset + 784]))
      }
    }
  }

  @Test(arguments: ArchiveContainer.tars, ["", "./", "a/b/c/"])
  func readsAnyContainerAndFolder(container: ArchiveContainer, folder: String) throws {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder(height: 3, width: 5)
      builder.folder = folder
      builder.compressed = Self.everything
      builder.extra = [("README.md", [1, 2, 3])]
      let survey = try DatasetSurvey(file: scratch.write(builder.tar, in: container))
      #expect(survey.container == container && survey.count == 50)
      #expect(survey.shape == ImageShape(channels: 1, height: 3, width: 5))
    }
  }

  @Test func decodesChosenSamplesOnly() throws {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      builder.compressed = [IDXBuilder.names[0]]
      let survey = try DatasetSurvey(file: scratch.write(builder.tar))
      let samples = try collect(try SampleStream(survey, choose: { $0 == 7 || $0 == 49 }))
      #expect(samples.map(\.index) == [7, 49])
      #expect(samples.map(\.label) == [7, 9])
    }
  }

  @Test(arguments: [Set<String>(), everything])
  func marksPixelsAndNothingElse(compressed: Set<String>) throws {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      builder.compressed = compressed
      builder.extra = [("README.md", [1, 2, 3])]
      let survey = try DatasetSurvey(file: scratch.write(builder.tar))
      let chosen: Set<Int> = [0, 1, 13, 29]
      var digests: Set<HexDigest> = []
      for batch in [1, 3, 64] {
        let result = try ArchiveRewriter(survey, batch: batch, budget: .linf(3)).rewrite(
          to: scratch.file("out"), choose: { chosen.contains($0) }, marker: ArchiveRewriterTests.mark)
        digests.insert(result.outputDigest)
        #expect(result.marked.map(\.index) == chosen.sorted())
        #expect(result.marked.map(\.offset) == chosen.sorted().map { 16 + $0 * 784 })
      }
      #expect(digests.count == 1)

      // Without our reader.
      let before = parseTar(builder.tar)
      let after = parseTar(try scratch.read("out"))
      #expect(before.map(\.name) == after.map(\.name))
      for (old, new) in zip(before, after) {
        guard old.name.contains(IDXBuilder.names[0]) else {
          #expect(old.content == new.content, "\(old.name)")
          continue
        }
        let isCompressed = !compressed.isEmpty
        // Neither name nor time.
        if isCompressed { #expect(new.content[..<8] == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]) }
        let (plain, marked) =
          try isCompressed
          ? (gunzip(old.content), gunzip(new.content)) : (old.content, new.content)
        #expect(plain.count == marked.count && plain[..<16] == marked[..<16])
        for image in 0..<30 {
          let range = 16 + image * 784..<16 + (image + 1) * 784
          let differences = Set(zip(plain[range], marked[range]).map { abs(Int($0) - Int($1)) })
          #expect(differences == [chosen.contains(image) ? 3 : 0])
        }
      }
    }
  }

  @Test func leavesNoFileBesideTheArchive() throws {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      builder.compressed = Self.everything
      let survey = try DatasetSurvey(file: scratch.write(builder.tar))
      struct Stop: Error {}
      #expect(throws: Stop.self) {
        try ArchiveRewriter(survey, batch: 1, budget: nil).rewrite(
          to: scratch.file("out"), choose: { $0 < 9 }, marker: { _, batch in if batch.indices == [5] { throw Stop() } })
      }
      #expect(try scratch.names() == ["archive", "out"])
    }
  }

  @Test func aComparisonSeesWhatWasMarkedInsideGzip() throws {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      builder.compressed = Self.everything
      let original = try DatasetSurvey(file: scratch.write(builder.tar))
      _ = try ArchiveRewriter(original, batch: 4, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { $0 == 3 || $0 == 8 }, marker: ArchiveRewriterTests.mark)
      let released = try DatasetSurvey(file: scratch.file("out"))
      for marked in [nil, [3, 8] as Set<Int>?] {
        let comparison = try ArchiveComparison(original: original, released: released, marked: marked)
        #expect(comparison.changed == [3, 8] && comparison.change.largestChange == 3)
        #expect(comparison.sameLabels && comparison.firstDifference == nil)
        #expect(comparison.members == 4)
      }
      let comparison = try ArchiveComparison(original: original, released: released, marked: [3])
      #expect(comparison.firstDifference?.contains("train-images") == true)
      builder.files[IDXBuilder.names[3]]?[9] = 7
      let relabelled = try DatasetSurvey(file: scratch.write(builder.tar, as: "relabelled"))
      #expect(try !ArchiveComparison(original: original, released: relabelled, marked: nil).sameLabels)
    }
  }

  @Test func noticesThatTheArchiveHasChanged() throws {
    try Scratch.run { scratch throws in
      var builder = IDXBuilder()
      let survey = try DatasetSurvey(file: scratch.write(builder.tar))
      builder.files[IDXBuilder.names[0]]?[100] ^= 1
      for tar in [builder.tar, IDXBuilder(train: 29).tar, IDXBuilder(train: 31).tar] {
        _ = try scratch.write(tar)
        let error = #expect(throws: DatasetError.self) { try collect(try SampleStream(survey)) }
        #expect(error?.cause == .archiveChanged)
      }
    }
  }

  @Test(arguments: [true, false]) func drawsADatasetInThisLayout(compressed: Bool) throws {
    try Scratch.run { scratch throws in
      let data = DrawnDataset(seed: 2, shape: ImageShape(channels: 1, height: 28, width: 28))
      try data.writeMNIST(to: scratch.file("a"), train: 30, test: 20, compressed: compressed)
      let survey = try DatasetSurvey(file: scratch.file("a"))
      #expect(survey.layout == .mnistIDX && survey.shape == data.shape)
      #expect(survey.counts(in: .train) == Array(repeating: 3, count: 10))
      #expect(survey.counts(in: .test) == Array(repeating: 2, count: 10))
      let first = try #require(try SampleStream(survey).next())
      #expect(first.pixels == data.pixels(label: first.label, number: 0))
      #expect(try readAll(scratch.file("a")).allSatisfy { $0.member.name.hasSuffix(".gz") == compressed })
    }
  }
}
