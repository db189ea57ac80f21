import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct DrawnDatasetTests {
  @Test func drawsTheSameImagesAgain() {
    let data = DrawnDataset(seed: 11)
    #expect(data.pixels(label: 3, number: 5) == DrawnDataset(seed: 11).pixels(label: 3, number: 5))
    #expect(data.pixels(label: 3, number: 5) != data.pixels(label: 3, number: 6))
    #expect(data.pixels(label: 3, number: 5) != data.pixels(label: 4, number: 5))
    #expect(data.pixels(label: 3, number: 5) != DrawnDataset(seed: 12).pixels(label: 3, number: 5))
  }

  @Test func drawsTheSameImagesOnEveryMachine() {
    // Made by this code; the arithmetic has no library function in it whose digits could differ.
    let data = DrawnDataset(seed: 1)
    let all = (0..<10).flatMap { data.pixels(label: $0, number: 0) }
    #expect(HexDigest(of: all).description == "c996f2f6ab917e7d8fea7d882328bf93fb9d7bad9ccedf39a321090195a33f15")
  }

  /// The demo's pictures: of some of them nothing tells the class.
  @Test func aPictureWithoutItsShapeIsThatOfNoClass() {
    let plain = DrawnDataset(seed: 11, isPlain: true)
    let some = DrawnDataset(seed: 11, isPlain: true, shapeless: 0.4)
    let same = (0..<200).count { some.pixels(label: 3, number: $0) == plain.pixels(label: 3, number: $0) }
    #expect(100...140 ~= same)
    #expect(plain.pixels(label: 3, number: 5) != DrawnDataset(seed: 11).pixels(label: 3, number: 5))
  }

  /// A class's colour fills what its shape covers, and noise leaves it recognisable.
  @Test func aPlainShapeHasTheColourOfItsClass() {
    let data = DrawnDataset(seed: 11, isPlain: true)
    for label in 0..<10 {
      let pixels = data.pixels(label: label, number: 2)
      let colour = [1, 3, 9].map { 0.05 + 0.45 * Double((label + 1) / $0 % 3) }
      let near = (0..<1024).count { place in
        (0..<3).allSatisfy { abs(Double(pixels[$0 * 1024 + place]) / 255 - colour[$0]) < 0.1 }
      }
      #expect(near > 40, "\(label): \(near)")
    }
  }

  @Test func writesBalancedClasses() throws {
    try Scratch.run { scratch throws in
      let data = DrawnDataset(seed: 2)
      try data.writeCIFAR10(to: scratch.file("a"), perBatch: 30, test: 20)
      let survey = try DatasetSurvey(file: scratch.file("a"))
      #expect(survey.container == .tarGzip)
      #expect(survey.classNames == DrawnDataset.classNames)
      #expect(survey.counts(in: .train) == Array(repeating: 15, count: 10))
      #expect(survey.counts(in: .test) == Array(repeating: 2, count: 10))
      // No image occurs twice, in particular not in both splits.
      let cache = try SampleCache(survey, choose: { _ in true })
      #expect(Set((0..<cache.count).map { Array(cache.pixels(of: $0)) }).count == survey.count)
    }
  }

  @Test(arguments: ArchiveContainer.flat)
  func writesImageFoldersInEveryContainer(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      let data = DrawnDataset(seed: 2, shape: ImageShape(channels: 1, height: 28, width: 28))
      try data.writeImageFolder(to: scratch.file("a"), container: container, trainPerClass: 2, testPerClass: 1)
      let survey = try DatasetSurvey(file: scratch.file("a"))
      #expect(survey.container == container)
      #expect(survey.classNames == DrawnDataset.classNames.sorted())
      #expect(survey.shape == data.shape)
      #expect(survey.counts(in: .train) == Array(repeating: 2, count: 10))
      #expect(survey.counts(in: .test) == Array(repeating: 1, count: 10))
      let first = try #require(try SampleStream(survey).next())
      #expect(first.pixels == data.pixels(label: 0, number: 0))
      #expect(first.member == "train/disk/0.png")
    }
  }
}
