import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct JPEGRewritingTests {
  static let shape = ImageShape(channels: 3, height: 24, width: 16)

  /// A folder of JPEG files, some of them grey, and what is left of it once images 2, 3, 10 and 25 are marked.
  func rewrite(
    _ jpeg: MarkedJPEG, all: Bool = false, in scratch: Scratch
  ) throws -> (survey: DatasetSurvey, result: RewriteResult, before: [ReadMember], after: [ReadMember]) {
    try DrawnDataset(seed: 5, shape: Self.shape).writeImageFolder(
      to: scratch.file("in"), container: .tar, trainPerClass: 3, testPerClass: 1, heldOut: "val", jpegQuality: 90,
      greyEvery: 3)
    let survey = try DatasetSurvey(file: scratch.file("in"))
    #expect(survey.shape == Self.shape && survey.count == 40)
    var results: [RewriteResult] = []
    for batch in [1, 3, 64] {
      results.append(
        try ArchiveRewriter(survey, batch: batch, budget: .linf(3), jpeg: jpeg, rewritesAll: all).rewrite(
          to: scratch.file("out"), choose: { Self.chosen.contains($0) }, marker: ArchiveRewriterTests.mark))
    }
    #expect(Set(results.map(\.outputDigest)).count == 1)
    return (survey, results[0], try readAll(scratch.file("in")), try readAll(scratch.file("out")))
  }

  static let chosen: Set<Int> = [2, 3, 10, 25]

  /// (C, H, W) of a grey or colour JPEG as a colour image.
  func colour(_ file: [UInt8]) throws -> [UInt8] {
    let image = try JPEGImage(decoding: file)
    return image.channels == 1 ? image.planar() + image.planar() + image.planar() : image.planar()
  }

  @Test(arguments: [MarkedJPEG.png, .pngKeepingName])
  func writesMarkedJPEGsAsPNGExactly(jpeg: MarkedJPEG) throws {
    try Scratch.run { scratch throws in
      let (_, result, before, after) = try rewrite(jpeg, in: scratch)
      #expect(result.isExact && before.count == 40 && after.count == 40)
      for (index, (old, new)) in zip(before, after).enumerated() {
        guard Self.chosen.contains(index) else {
          #expect(old == new)
          continue
        }
        let expected = jpeg == .png ? old.member.name.replacing(".JPEG", with: ".png") : old.member.name
        #expect(new.member.name == expected && new.member.modified == old.member.modified)
        var pixels = try colour(old.content)
        ArchiveRewriterTests.mark(&pixels, MarkerBatch(indices: [index], labels: [0], shape: Self.shape))
        let image = try PNGImage(decoding: new.content)
        #expect(image.shape == Self.shape && image.planar() == pixels)
        let mark = try #require(result.marked.first { $0.index == index })
        #expect(mark.member == expected && mark.marked == HexDigest(of: pixels))
        #expect(mark.originalMember == (jpeg == .png ? old.member.name : nil))
      }
    }
  }

  @Test func writesMarkedJPEGsAsJPEGAndSaysWhatThatMade() throws {
    try Scratch.run { scratch throws in
      let (_, result, before, after) = try rewrite(.jpeg(quality: 95), in: scratch)
      #expect(!result.isExact)
      #expect(before.map(\.member.name) == after.map(\.member.name))
      for (index, (old, new)) in zip(before, after).enumerated() {
        guard Self.chosen.contains(index) else {
          #expect(old == new)
          continue
        }
        let released = try JPEGImage(decoding: new.content)
        #expect(released.shape == Self.shape)
        let mark = try #require(result.marked.first { $0.index == index })
        #expect(mark.marked == HexDigest(of: released.planar()))
        #expect(mark.original == HexDigest(of: try colour(old.content)))
      }
    }
  }

  @Test(arguments: [MarkedJPEG.png, .pngKeepingName, .jpeg(quality: 80)])
  func writesEveryFileAlikeWhenAsked(jpeg: MarkedJPEG) throws {
    try Scratch.run { scratch throws in
      let (original, result, before, after) = try rewrite(jpeg, all: true, in: scratch)
      #expect(after.count == 40 && result.marked.map(\.index) == Self.chosen.sorted())
      var largest = 0
      for (index, (old, new)) in zip(before, after).enumerated() {
        #expect(new.member.name == (jpeg == .png ? ImageFormat.nameAsPNG(old.member.name) : old.member.name))
        let (released, expected): ([UInt8], [UInt8])
        let pixels = try colour(old.content)
        if case .jpeg(let quality) = jpeg {
          let image = try JPEGImage(decoding: new.content)
          #expect(image.shape == Self.shape)
          released = image.planar()
          expected = try JPEGImage(
            decoding: JPEGImage(planar: pixels, shape: Self.shape).encoded(quality: quality)
          ).planar()
        } else {
          let image = try PNGImage(decoding: new.content)
          #expect(image.shape == Self.shape)
          (released, expected) = (image.planar(), pixels)
        }
        #expect((released == expected) != Self.chosen.contains(index))
        if !Self.chosen.contains(index) {
          largest = max(largest, zip(pixels, released).map { abs(Int($0) - Int($1)) }.max() ?? 0)
        }
      }
      #expect(result.largestUnmarkedChange == largest && result.isExact == (largest == 0))

      let released = try DatasetSurvey(file: scratch.file("out"))
      for marked in [nil, Self.chosen] {
        let comparison = try ArchiveComparison(
          original: original, released: released, marked: marked, rewritten: jpeg)
        #expect(comparison.changed == Self.chosen && comparison.firstDifference == nil && comparison.sameLabels)
        #expect(comparison.change.largestChange >= max(3, largest))
      }
      let otherwise = try ArchiveComparison(original: original, released: released, marked: Self.chosen)
      #expect(otherwise.firstDifference != nil)
    }
  }

  @Test func handsOutWhatWasWritten() throws {
    try Scratch.run { scratch throws in
      try DrawnDataset(seed: 5, shape: Self.shape).writeImageFolder(
        to: scratch.file("in"), container: .tar, trainPerClass: 2, testPerClass: 0, jpegQuality: 90)
      let survey = try DatasetSurvey(file: scratch.file("in"))
      var digests: [HexDigest] = []
      let result = try ArchiveRewriter(survey, batch: 3, budget: .linf(3), jpeg: .jpeg(quality: 80)).rewrite(
        to: scratch.file("out"), choose: { $0 % 2 == 0 }, marker: ArchiveRewriterTests.mark,
        released: { originals, marked, batch in
          #expect(originals.count == marked.count && originals.count == batch.count * Self.shape.bytes)
          for place in 0..<batch.count {
            digests.append(HexDigest(of: marked[place * Self.shape.bytes..<(place + 1) * Self.shape.bytes]))
          }
        })
      #expect(digests.count == 10 && digests == result.marked.map(\.marked))
      let stream = try SampleStream(try DatasetSurvey(file: scratch.file("out")), choose: { $0 % 2 == 0 })
      for digest in digests { #expect(try stream.next().map { HexDigest(of: $0.pixels) } == digest) }
    }
  }

  @Test(arguments: [MarkedJPEG.png, .pngKeepingName, .jpeg(quality: 90)])
  func aComparisonKnowsRenamedMembers(jpeg: MarkedJPEG) throws {
    try Scratch.run { scratch throws in
      let (original, result, _, _) = try rewrite(jpeg, in: scratch)
      let released = try DatasetSurvey(file: scratch.file("out"))
      for marked in [nil, Self.chosen] {
        let comparison = try ArchiveComparison(original: original, released: released, marked: marked)
        #expect(comparison.changed == Self.chosen && comparison.firstDifference == nil && comparison.sameLabels)
        #expect(result.isExact == (comparison.change.largestChange == 3))
      }
      let comparison = try ArchiveComparison(original: original, released: released, marked: [2, 3, 10])
      #expect(comparison.firstDifference != nil)
    }
  }

  @Test(arguments: [["a/1.jpg", "a/1.JPEG"], ["a/1.jpg", "a/1.png"], ["a/1.png", "a/1.jpg"]])
  func refusesToGiveAMarkedImageAnothersName(names: [String]) throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for name in names {
        tar.add(name, content: name.hasSuffix("png") ? PNGBuilder.plain(3) : JPEGBuilder.plain([5, 0, 0]))
      }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished))
      func rewrite(_ jpeg: MarkedJPEG, choosing chosen: Set<Int>) throws {
        _ = try ArchiveRewriter(survey, batch: 8, budget: .linf(3), jpeg: jpeg).rewrite(
          to: scratch.file("out"), choose: { chosen.contains($0) }, marker: ArchiveRewriterTests.mark)
      }
      let jpegs = Set(names.indices.filter { !names[$0].hasSuffix("png") })
      for chosen in [jpegs, [0, 1]] {
        let error = #expect(throws: DatasetError.self) { try rewrite(.png, choosing: chosen) }
        #expect(error?.cause == .nameTaken("a/1.png") && error?.isRefusal == true)
      }
      try rewrite(.pngKeepingName, choosing: [0, 1])
      #expect(try readAll(scratch.file("out")).map(\.member.name) == names)
    }
  }

  @Test(arguments: [
    ("a/x.jpg", "a/x.png"), ("a/x.JPEG", "a/x.png"), ("a/x.png", "a/x.png"), ("a/x.PNG", "a/x.PNG"), ("a/x", "a/x.png"),
    ("a.jpg/é.Jpeg", "a.jpg/é.png"), ("a/x.y.gif", "a/x.y.gif.png"),
  ])
  func namesPNGFilesAfterJPEGFiles(name: String, expected: String) {
    #expect(ImageFormat.nameAsPNG(name) == expected)
  }
}
