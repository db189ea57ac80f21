import Archives
import Foundations
import Testing

@testable import Datasets

/// Cut-outs and 16-bit pictures among others: what a release changes of them, and how versions count them that did not read
/// them.
@Suite struct UnseenPixelsTests {
  /// 8×8 with alpha: `visible` pixels from the top left are opaque.
  private static func cutOut(_ level: UInt8, visible: Int = 32) -> [UInt8] {
    let samples = (0..<64).flatMap { pixel -> [UInt8] in
      [level, level &+ 1, UInt8(pixel), pixel < visible ? 255 : 0]
    }
    return PNGImage.encoded(samples, width: 8, height: 8, channels: 4, depth: 8)
  }

  private static func deep(_ level: UInt8, low: UInt8 = 5) -> [UInt8] {
    let samples = (0..<64 * 3).flatMap { value -> [UInt8] in [level &+ UInt8(value % 9), low] }
    return PNGImage.encoded(samples, width: 8, height: 8, channels: 3, depth: 16)
  }

  private func archive(_ files: [[UInt8]], as name: String, in scratch: Scratch) throws -> DatasetSurvey {
    var tar = TarBuilder()
    for (number, file) in files.enumerated() { tar.add("\(number % 2 == 0 ? "a" : "b")/\(number).png", content: file) }
    return try DatasetSurvey(file: scratch.write(tar.finished, as: name))
  }

  private static let files = [
    PNGBuilder.plain(1), cutOut(10), PNGBuilder.plain(2), deep(20), cutOut(30, visible: 3), PNGBuilder.plain(3),
  ]

  @Test func theBatchDoesNotDecideWhatIsWrittenOfACutOut() throws {
    try Scratch.run { scratch throws in
      let survey = try archive(Self.files, as: "in", in: scratch)
      let released = try [1, 4, 64].map { batch in
        try ArchiveRewriter(survey, batch: batch, budget: .linf(3)).rewrite(
          to: scratch.file("out"), choose: { _ in true }, marker: ArchiveRewriterTests.mark)
      }
      #expect(Set(released.map(\.outputDigest)).count == 1)
      // What is recorded of a sample is what whoever reads the archive finds.
      let stream = try SampleStream(try DatasetSurvey(file: scratch.file("out")))
      for mark in released[0].marked { #expect(try stream.next().map { HexDigest(of: $0.pixels) } == mark.marked) }
    }
  }

  @Test func anImageThatIsWrittenAnewWithoutAMarkIsTheSame() throws {
    try Scratch.run { scratch throws in
      let survey = try archive(Self.files, as: "in", in: scratch)
      let result = try ArchiveRewriter(survey, batch: 4, budget: .linf(3), rewritesAll: true).rewrite(
        to: scratch.file("out"), choose: { $0 == 1 }, marker: ArchiveRewriterTests.mark)
      #expect(result.isExact && result.largestUnmarkedChange == 0)
      let after = try readAll(scratch.file("out"))
      for number in [3, 4] { #expect(after[number].content == Self.files[number]) }
      let released = try DatasetSurvey(file: scratch.file("out"))
      let comparison = try ArchiveComparison(original: survey, released: released, marked: [1], rewritten: .png)
      #expect(comparison.changed == [1] && comparison.firstDifference == nil)
    }
  }

  @Test func aComparisonFindsWhatNoNetworkSees() throws {
    try Scratch.run { scratch throws in
      let original = try archive(Self.files, as: "in", in: scratch)
      func difference(_ number: Int, _ file: [UInt8]) throws -> String? {
        var files = Self.files
        files[number] = file
        return try ArchiveComparison(
          original: original, released: archive(files, as: "out", in: scratch), marked: [number]
        ).firstDifference
      }
      #expect(try difference(1, Self.cutOut(11, visible: 31))?.contains("transparency") == true)
      // As visible as before, but with other colours where nothing is to be seen.
      #expect(try difference(1, Self.cutOut(11))?.contains("sample 1") == true)
      #expect(try difference(3, Self.deep(21, low: 6))?.contains("sample 3") == true)
      #expect(try difference(3, Self.deep(21)) == nil)
      // The same picture without alpha, or with 8 bits.
      let opaque = try PNGImage(decoding: Self.files[1]).encoded()
      #expect(try difference(1, opaque) != nil)
      #expect(try difference(3, PNGImage(decoding: Self.files[3]).encoded()) != nil)
    }
  }

  @Test func aSurveyFindsWhatIsNearlyAllTransparent() throws {
    try Scratch.run { scratch throws in
      let files = Self.files + [Self.cutOut(50, visible: 4), Self.cutOut(60, visible: 0)]
      #expect(try archive(files, as: "in", in: scratch).faint == [4, 7])
    }
  }

  @Test func aCutOutAndItsOpaqueCopyAreTheSamePicture() throws {
    try Scratch.run { scratch throws in
      let opaque = try PNGImage(decoding: Self.files[1]).encoded()
      #expect(try archive(Self.files + [opaque], as: "in", in: scratch).repeated == [1, 6])
    }
  }

  @Test func anArchiveIsReadAsAVersionReadItThatCountedFewerSamples() throws {
    try Scratch.run { scratch throws in
      let plain = [PNGBuilder.plain(7), PNGBuilder.plain(8, width: 9), try PNGImage(decoding: Self.deep(20)).encoded()]
      let broken = Array(PNGBuilder.plain(9).dropLast(20))
      var tar = TarBuilder()
      for (number, file) in ([Self.cutOut(10), plain[0], broken, Self.deep(20), plain[1], plain[2]]).enumerated() {
        tar.add("\(number % 2 == 0 ? "a" : "b")/\(number).png", content: file)
      }
      var limits = InputLimits()
      limits.badSampleShare = 0.5
      let survey = try DatasetSurvey(file: scratch.write(tar.finished), limits: limits)
      #expect(survey.count == 5 && survey.repeated == [2, 4])

      let earlier = survey.counting(3)
      #expect(earlier.count == 3 && earlier.labels == [1, 0, 1] && earlier.repeated == [])
      #expect(earlier.classNames == survey.classNames && earlier.skippedCount == 3 && earlier.digest == survey.digest)
      #expect((0..<3).map { earlier.shape(of: $0).width } == [8, 9, 8])
      let stream = try SampleStream(earlier, limits: limits)
      for (index, file) in plain.enumerated() {
        let sample = try #require(try stream.next())
        #expect(try sample.index == index && sample.pixels == PNGImage(decoding: file).planar())
      }
      #expect(try stream.next() == nil)
      // Nobody ever counted so many.
      for count in [0, 1, 2, 4, 5, 9] { #expect(survey.counting(count).count == 5) }
      let seen = try #require(survey.seen(as: ImageShape(channels: 3, height: 16, width: 16), resized: true))
      #expect(seen.counting(3).shape == seen.shape)

      // What it released is still what it was: marked samples between files that passed through.
      _ = try ArchiveRewriter(earlier, batch: 2, budget: .linf(3), limits: limits).rewrite(
        to: scratch.file("out"), choose: { $0 == 1 }, marker: ArchiveRewriterTests.mark)
      let released = try DatasetSurvey(file: scratch.file("out"), limits: limits).counting(3)
      let comparison = try ArchiveComparison(original: earlier, released: released, marked: [1], limits: limits)
      #expect(comparison.changed == [1] && comparison.firstDifference == nil)
    }
  }
}
