import Archives
import Foundations
import Testing

@testable import Datasets

/// Image folders whose pictures differ in size, as most do.
@Suite struct SampleGeometryTests {
  private func geometry(_ sides: [(Int, Int)]) throws -> SampleGeometry {
    var tally = GeometryTally()
    for (height, width) in sides { tally.add(ImageShape(channels: 3, height: height, width: width)) }
    return try #require(tally.geometry)
  }

  @Test(arguments: [
    ([(40, 30), (50, 20), (60, 100)], 24), ([(100, 31), (100, 32), (33, 33)], 32), ([(375, 500), (500, 333)], 224),
    ([(127, 200), (128, 300), (500, 500), (90, 90)], 64), ([(5, 6), (7, 8)], 8), ([(4000, 3000), (20, 30)], 16),
  ])
  func networksSeeTheLargestUsualSizeThatTheMedianShorterSideHas(sides: [(Int, Int)], size: Int) throws {
    let geometry = try geometry(sides)
    // Of an even number the lower of the two in the middle: at least half have as many pixels.
    #expect(geometry.trainingShape == ImageShape(channels: 3, height: size, width: size))
  }

  @Test func imagesOfOneSizeAreSeenAsTheyAre() throws {
    let geometry = try geometry([(300, 201), (300, 201)])
    #expect(geometry == .uniform(ImageShape(channels: 3, height: 300, width: 201)))
    #expect(geometry.trainingShape == geometry.shape)
  }

  @Test func oneColourImageMakesAllColourImages() throws {
    var tally = GeometryTally()
    for (channels, side) in [(1, 9), (3, 8), (1, 8)] {
      tally.add(ImageShape(channels: channels, height: side, width: 8))
    }
    let geometry = try #require(tally.geometry)
    #expect((0..<3).map { geometry.shape(of: $0) } == [9, 8, 8].map { ImageShape(channels: 3, height: $0, width: 8) })
  }

  // MARK: - Archives

  /// Pictures of many sizes, whose pixels tell them apart.
  private static let shapes = (0..<30).map { number in
    ImageShape(channels: 3, height: 16 + number * 5 % 13, width: 18 + number * 3 % 7)
  }

  private static func pixels(_ number: Int) -> [UInt8] {
    (0..<shapes[number].bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 / 5 &+ number &* 7) }
  }

  private func archive(in scratch: Scratch) throws -> String {
    var tar = TarBuilder()
    for (number, shape) in Self.shapes.enumerated() {
      let image = PNGImage(planar: Self.pixels(number), shape: shape)
      let form = number % 4 == 1 ? JPEGImage(planar: Self.pixels(number), shape: shape).encoded(quality: 95) : nil
      tar.add(
        "set/\(number % 2 == 0 ? "a" : "b")/\(number).\(form == nil ? "png" : "jpg")", content: form ?? image.encoded())
      if number == 11 { tar.add("set/notes.txt", content: Array("between".utf8)) }
    }
    return try scratch.write(tar.finished)
  }

  @Test func aCacheHoldsWhatNetworksSee() throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: archive(in: scratch))
      #expect(survey.shape == ImageShape(channels: 3, height: 16, width: 16) && survey.isResized)
      let cache = try SampleCache(survey, choose: { $0 % 4 != 1 })
      #expect(cache.shape == survey.shape && cache.pixels.count == cache.count * 3 * 16 * 16)
      for position in 0..<cache.count {
        let number = cache.indices[position]
        let whole = ImageResampling(from: Self.shapes[number], covering: survey.shape)(Self.pixels(number), count: 1)
        #expect(Array(cache.pixels(of: position)) == whole)
      }
      // Its limit counts what it holds, whatever the pictures have.
      var limits = InputLimits()
      limits.cacheBytes = 30 * 3 * 16 * 16
      #expect(try SampleCache(survey, limits: limits, choose: { _ in true }).count == 30)
      let small = try SampleCache(survey.seen(at: 8), limits: limits, choose: { _ in true })
      #expect(small.shape == ImageShape(channels: 3, height: 8, width: 8))
    }
  }

  @Test func whoWasMadeForOtherImagesSeesNoneOfOneSize() throws {
    try Scratch.run { scratch throws in
      let varied = try DatasetSurvey(file: archive(in: scratch))
      let large = ImageShape(channels: 3, height: 64, width: 64)
      #expect(varied.seen(as: large, resized: false)?.shape == large)
      #expect(varied.seen(as: ImageShape(channels: 1, height: 64, width: 64), resized: true) == nil)
      let uniform = try DatasetSurvey(file: scratch.write(CIFARBuilder().tar, as: "uniform"))
      #expect(uniform.seen(as: large, resized: false) == nil)
      #expect(uniform.seen(as: large, resized: true)?.isResized == true)
      #expect(uniform.seen(as: uniform.shape, resized: false)?.isResized == false)
      // Records are read as they are, whatever networks see of them.
      let stream = try SampleStream(uniform.seen(at: 8))
      #expect(try stream.next()?.pixels.count == 3072)
    }
  }

  /// Batches hold pictures of several sizes; members come out in their order and each with its own pixels.
  @Test(arguments: [(1, false), (7, false), (64, true)])
  func marksEachPictureAtItsOwnSize(batch: Int, rewritesAll: Bool) throws {
    try Scratch.run { scratch throws in
      let survey = try DatasetSurvey(file: archive(in: scratch))
      let isChosen: (Int) -> Bool = { $0 % 3 != 0 }
      var seen: [Int] = []
      let result = try ArchiveRewriter(survey, batch: batch, budget: .linf(3), rewritesAll: rewritesAll).rewrite(
        to: scratch.file("out"), choose: isChosen,
        marker: { pixels, batch in
          #expect(batch.shapes == batch.indices.map { Self.shapes[$0] })
          #expect(batch.bytes(of: batch.count - 1).upperBound == pixels.count)
          ArchiveRewriterTests.mark(&pixels, batch)
        },
        released: { _, _, batch in seen += batch.indices })
      #expect(seen == (0..<30).filter(isChosen) && result.marked.map(\.index) == seen)
      let (before, after) = (try readAll(scratch.file("archive")), try readAll(scratch.file("out")))
      #expect(after.count == 31)
      #expect(
        after.map { $0.member.name.replacing(".png", with: ".jpg") }
          == before.map { $0.member.name.replacing(".png", with: ".jpg") })
      let released = try DatasetSurvey(file: scratch.file("out"))
      #expect(released.geometry == survey.geometry)
      let comparison = try ArchiveComparison(
        original: survey, released: released, marked: Set(seen), rewritten: rewritesAll ? .png : nil)
      #expect(comparison.sameLabels && comparison.firstDifference == nil)
      #expect(comparison.changed == Set(seen) && comparison.change.largestChange == 3)
    }
  }

  // MARK: - Scaling

  @Test(arguments: [(20, 30), (30, 20), (31, 47), (16, 16), (9, 40), (40, 9)])
  func scalesUntilThePictureCoversTheSquareAndKeepsTheMiddle(height: Int, width: Int) {
    let source = ImageShape(channels: 1, height: height, width: width)
    let target = ImageShape(channels: 1, height: 16, width: 16)
    // A slope along the longer side: its middle stays in the middle.
    let image = (0..<source.bytes).map { UInt8(width > height ? $0 % width * 5 : $0 / width * 5) }
    let seen = ImageResampling(from: source, covering: target)(image, count: 1)
    #expect(seen.count == 256)
    let mean = { (values: [UInt8]) in Double(values.reduce(0) { $0 + Int($1) }) / Double(values.count) }
    #expect(abs(mean(seen) - mean(image)) < 4)
    if source == target { #expect(seen == image) }
  }
}
