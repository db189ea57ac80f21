import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct CIFAR100LayoutTests {
  static let names = (0..<100).map { "class \($0)\n" }.joined()

  /// Drawn pictures: the fine label is ten times the shape, the coarse one the record's number.
  static func batch(_ count: Int, from first: Int) -> [UInt8] {
    let drawn = DrawnDataset(seed: 5)
    var batch: [UInt8] = []
    for number in first..<first + count {
      batch += [UInt8(number % 20), UInt8(number % 10 * 10)]
      batch += drawn.pixels(label: number % 10, number: number)
    }
    return batch
  }

  static func tar(
    folder: String = "cifar-100-binary/", train: [UInt8] = batch(20, from: 0), names: String = names
  ) -> [UInt8] {
    var tar = TarBuilder()
    tar.add(folder + "coarse_label_names.txt", content: Array("fish\n".utf8))
    tar.add(folder + "fine_label_names.txt", content: Array(names.utf8))
    tar.add(folder + "train.bin", content: train)
    tar.add(folder + "test.bin", content: batch(10, from: 20))
    return tar.finished
  }

  func error(_ tar: [UInt8]) throws -> DatasetError? {
    try Scratch.run { scratch throws in try errorOfSurveying(scratch.write(tar)) }
  }

  @Test(arguments: ArchiveContainer.tars, ["cifar-100-binary/", "", "./cifar-100-binary/"])
  func readsFineLabels(container: ArchiveContainer, folder: String) throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(Self.tar(folder: folder), in: container))
      #expect(survey.layout == .cifar100Binary && survey.container == container)
      #expect(survey.shape == ImageShape(channels: 3, height: 32, width: 32))
      #expect(survey.classNames.count == 100 && survey.classNames[90] == "class 90")
      #expect(survey.labels == (0..<30).map { UInt16($0 % 10 * 10) })
      #expect(survey.indices(in: .test) == Array(20..<30))
      let stream = try SampleStream(survey) { $0 == 7 }
      let sample = try #require(try stream.next())
      #expect(sample.pixels == DrawnDataset(seed: 5).pixels(label: 7, number: 7))
      #expect(sample.offset == 7 * 3074 + 2 && sample.label == 70)
      #expect(try stream.next() == nil)
    }
  }

  @Test func changesThePixelsOfChosenRecordsOnly() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: scratch.write(Self.tar()))
      _ = try ArchiveRewriter(survey, batch: 3, budget: .linf(3)).rewrite(
        to: scratch.file("out"), choose: { [3, 11, 25].contains($0) }, marker: ArchiveRewriterTests.mark)
      let (before, after) = (try readAll(scratch.file("archive")), try readAll(scratch.file("out")))
      #expect(before.map(\.member) == after.map(\.member))
      var changed: [Int] = []
      for (left, right) in zip(before, after) {
        for at in left.content.indices where left.content[at] != right.content[at] {
          changed.append((left.member.name.contains("test") ? 20 : 0) + at / 3074)
          // Both labels stay.
          #expect(at % 3074 >= 2)
        }
      }
      #expect(Set(changed) == [3, 11, 25] && changed.count == 3 * 3072)
      let comparison = try ArchiveComparison(
        original: survey, released: DatasetSurvey(file: scratch.file("out")), marked: [3, 11, 25])
      #expect(comparison.firstDifference == nil && comparison.changed == [3, 11, 25])
    }
  }

  @Test func refusesWhatIsNotWholeOrHasOtherClasses() throws {
    var train = Self.batch(4, from: 0)
    train.removeLast()
    #expect(try error(Self.tar(train: train))?.cause == .recordSize(bytes: 4 * 3074 - 1, record: 3074))
    train = Self.batch(4, from: 0)
    train[2 * 3074 + 1] = 100
    let label = try error(Self.tar(train: train))
    #expect(label?.cause == .labelOutOfRange(label: 100, classes: 100) && label?.offset == 2 * 3074 + 1)
    #expect(try error(Self.tar(names: "one\ntwo\n"))?.code == "bad-class-names")
    var tar = TarBuilder()
    tar.add("cifar-100-binary/train.bin", content: Self.batch(2, from: 0))
    #expect(try error(tar.finished)?.cause == .missingMembers(["test.bin", "fine_label_names.txt"]))
  }

  /// `train.bin` is a name that others use.
  @Test func anImageFolderWithAnotherTrainBinStaysOne() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("train.bin", content: [1, 2, 3])
      tar.add("cats/1.png", content: PNGBuilder.plain(1))
      #expect(try DatasetSurvey(file: scratch.write(tar.finished)).layout == .imageFolder)
    }
  }
}
