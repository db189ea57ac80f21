import Foundations
import Testing

@testable import Archives
@testable import Datasets

/// A row of docs/formats, "Image kinds", each.
@Suite struct ImageKindTests {
  /// The fate of a file in a folder beside plain images: what is released once everything is marked that may be.
  private enum Fate: Equatable {
    /// Decoded, marked and written as a PNG file of as many channels.
    case marked(channels: Int)
    /// Recorded as a bad sample and passed through.
    case skipped
    /// No sample, and passed through.
    case companion
  }

  /// - Returns: the fate, what is released in the file's place, and why it was skipped.
  private func fate(
    of file: [UInt8], named name: String = "x.png"
  ) throws -> (Fate, content: [UInt8], reason: String?) {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for number in 0..<3 { tar.add("a/\(number).png", content: PNGBuilder.plain(UInt8(number), width: 8 + number)) }
      tar.add("a/\(name)", content: file)
      tar.add("b/4.png", content: PNGBuilder.plain(70))
      var limits = InputLimits()
      limits.badSampleShare = 0.5
      let survey = try DatasetSurvey(file: scratch.write(tar.finished), limits: limits)
      _ = try ArchiveRewriter(survey, batch: 2, budget: nil, limits: limits).rewrite(
        to: scratch.file("out"), choose: { _ in true },
        marker: { pixels, batch in for place in pixels.indices { pixels[place] ^= 1 } })
      let released = try readAll(scratch.file("out"))
      #expect(released.count == 5)
      let content = released[3].content
      #expect(survey.skippedCount == survey.skipped.count)
      guard survey.count == 5 else {
        #expect(survey.count == 4 && content == file && released[3].member.name == "a/\(name)")
        #expect(survey.skipped.allSatisfy { $0.member == "a/\(name)" } && survey.skipped.count < 2)
        return (survey.skippedImages.isEmpty ? .companion : .skipped, content, survey.skipped.first?.reason)
      }
      #expect(survey.skipped.isEmpty)
      let comparison = try ArchiveComparison(
        original: survey, released: DatasetSurvey(file: scratch.file("out"), limits: limits), marked: nil,
        limits: limits)
      #expect(comparison.firstDifference == nil && comparison.changed.contains(3))
      #expect(comparison.change.largestChange == 1)
      return (.marked(channels: try PNGImage(decoding: content).channels), content, nil)
    }
  }

  private func pixels(_ content: [UInt8]) throws -> [UInt8] { try PNGImage(decoding: content).pixels.map { $0 ^ 1 } }

  @Test func palettesAndLowDepthsAreMarkedAsColourAndGrey() throws {
    let palette = PNGBuilder.file(
      4, 1, depth: 2, colour: 3, rows: [[0b00_01_10_01]], before: [("PLTE", [1, 2, 3, 40, 50, 60, 7, 8, 9])])
    let (fate, content, _) = try fate(of: palette)
    #expect(fate == .marked(channels: 3))
    #expect(try pixels(content) == [1, 2, 3, 40, 50, 60, 7, 8, 9, 40, 50, 60])
    let bits = PNGBuilder.file(8, 1, depth: 1, colour: 0, rows: [[0b1010_0001]])
    // Among colour images a grey one is released as one.
    #expect(try self.fate(of: bits).0 == .marked(channels: 3))
  }

  @Test func interlacedImagesAreMarked() throws {
    var png = PNGBuilder()
    png.header(2, 2, interlace: 1)
    png.data([0, 1, 2, 3] + [0, 4, 5, 6] + [0, 7, 8, 9, 10, 11, 12])
    png.end()
    let (fate, content, _) = try fate(of: png.bytes)
    #expect(try fate == .marked(channels: 3) && pixels(content) == Array(1...12))
  }

  @Test func ofAnAnimationTheStillImageIsMarkedAndTheRestIsLeftOut() throws {
    var png = PNGBuilder()
    png.header(1, 1)
    png.chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0])
    let frame: [UInt8] = [0, 0, 0, 1, 0, 0, 0, 1] + [UInt8](repeating: 0, count: 8) + [0, 1, 0, 10, 0, 0]
    png.chunk("fcTL", [0, 0, 0, 0] + frame)
    png.data([0, 1, 2, 3])
    png.chunk("fcTL", [0, 0, 0, 1] + frame)
    png.chunk("fdAT", [0, 0, 0, 2] + PNGBuilder.zlib([0, 200, 201, 202]))
    png.end()
    let (fate, content, _) = try fate(of: png.bytes)
    #expect(try fate == .marked(channels: 3) && pixels(content) == [1, 2, 3])
    #expect(!String(decoding: content, as: UTF8.self).contains("acTL"))
  }

  /// What a marked file holds: its depth and colour type, and its values, most significant byte first.
  private func stored(_ content: [UInt8]) throws -> (depth: UInt8, colour: UInt8, values: [UInt8]) {
    let (seen, unseen) = try PNGImage.decode(content, limits: InputLimits())
    let isDeep = !unseen.lowerColours.isEmpty
    var values: [UInt8] = []
    let area = seen.width * seen.height
    for pixel in 0..<area {
      for channel in 0..<seen.channels {
        values.append(seen.pixels[pixel * seen.channels + channel])
        if isDeep { values.append(unseen.lowerColours[channel * area + pixel]) }
      }
      if !unseen.alpha.isEmpty { values.append(unseen.alpha[pixel]) }
      if !unseen.lowerAlpha.isEmpty { values.append(unseen.lowerAlpha[pixel]) }
    }
    return (content[24], content[25], values)
  }

  @Test func ofSixteenBitsTheUpperEightAreMarkedAndTheLowerAreKept() throws {
    let (fate, content, _) = try fate(
      of: PNGBuilder.file(2, 1, depth: 16, rows: [[0, 1, 2, 3, 4, 255] + [9, 8, 7, 6, 255, 255]]))
    #expect(fate == .marked(channels: 3))
    let (depth, colour, values) = try stored(content)
    #expect(depth == 16 && colour == 2 && values == [1, 1, 3, 3, 5, 255] + [8, 8, 6, 6, 254, 255])
  }

  @Test func aGreyImageOfSixteenBitsIsMarkedAsColourOfSixteenBits() throws {
    let (fate, content, _) = try fate(of: PNGBuilder.file(1, 1, depth: 16, colour: 0, rows: [[6, 77]]))
    #expect(fate == .marked(channels: 3))
    let (depth, colour, values) = try stored(content)
    #expect(depth == 16 && colour == 2 && values == [7, 77, 7, 77, 7, 77])
  }

  @Test func alphaIsKeptAndWhatNobodySeesIsNotMarked() throws {
    let pixels: [UInt8] = [10, 20, 30, 255, 40, 50, 60, 0, 70, 80, 90, 1, 0, 0, 0, 0]
    let (fate, content, _) = try fate(of: PNGBuilder.file(4, 1, colour: 6, rows: [pixels]))
    #expect(fate == .marked(channels: 3))
    let (depth, colour, values) = try stored(content)
    #expect(depth == 8 && colour == 6)
    #expect(values == [11, 21, 31, 255, 40, 50, 60, 0, 71, 81, 91, 1, 0, 0, 0, 0])
  }

  @Test func greyWithAlphaIsMarkedAsColourWithAlpha() throws {
    let (fate, content, _) = try fate(of: PNGBuilder.file(2, 1, colour: 4, rows: [[10, 9, 20, 0]]))
    #expect(fate == .marked(channels: 3))
    let (_, colour, values) = try stored(content)
    #expect(colour == 6 && values == [11, 11, 11, 9, 20, 20, 20, 0])
  }

  @Test func alphaOfSixteenBitsIsKept() throws {
    let row: [UInt8] = [1, 11, 2, 22, 3, 33, 200, 44] + [1, 11, 2, 22, 3, 33, 0, 0] + [1, 11, 2, 22, 3, 33, 0, 9]
    let (fate, content, _) = try fate(of: PNGBuilder.file(3, 1, depth: 16, colour: 6, rows: [row]))
    #expect(fate == .marked(channels: 3))
    let (depth, colour, values) = try stored(content)
    #expect(depth == 16 && colour == 6)
    #expect(values == [0, 11, 3, 22, 2, 33, 200, 44] + row[8...])
  }

  @Test func aPaletteWithTransparencyBecomesColourWithAlpha() throws {
    let file = PNGBuilder.file(
      4, 1, depth: 2, colour: 3, rows: [[0b00_01_10_01]],
      before: [("PLTE", [2, 4, 6, 40, 50, 60, 8, 10, 12]), ("tRNS", [7, 0])])
    let (fate, content, _) = try fate(of: file)
    #expect(fate == .marked(channels: 3))
    let (depth, colour, values) = try stored(content)
    // The third colour has no transparency of its own.
    #expect(depth == 8 && colour == 6)
    #expect(values == [3, 5, 7, 7, 40, 50, 60, 0, 9, 11, 13, 255, 40, 50, 60, 0])
  }

  @Test func aTransparentColourBecomesAlpha() throws {
    let colour = PNGBuilder.file(2, 1, rows: [[2, 4, 6, 2, 4, 8]], before: [("tRNS", [0, 2, 0, 4, 0, 6])])
    #expect(try stored(fate(of: colour).content).values == [2, 4, 6, 0, 3, 5, 9, 255])
    let bits = PNGBuilder.file(8, 1, depth: 1, colour: 0, rows: [[0b1010_0001]], before: [("tRNS", [0, 1])])
    let (_, kind, values) = try stored(fate(of: bits).content)
    #expect(
      kind == 6 && values == [1, 0, 1, 0, 0, 0, 0, 1].flatMap { $0 == 1 ? [255, 255, 255, 0] : [1, 1, 1, 255] })
    // All sixteen bits of it count.
    let deep = PNGBuilder.file(2, 1, depth: 16, colour: 0, rows: [[4, 7, 4, 8]], before: [("tRNS", [4, 7])])
    let pixels: [[UInt8]] = [[4, 7, 4, 7, 4, 7, 0, 0], [5, 8, 5, 8, 5, 8, 255, 255]]
    #expect(try stored(fate(of: deep).content).values == Array(pixels.joined()))
  }

  @Test func anInterlacedImageWithAlphaIsMarked() throws {
    var png = PNGBuilder()
    png.header(2, 2, depth: 16, colour: 4, interlace: 1)
    png.data([0, 1, 2, 3, 4] + [0, 5, 6, 7, 8] + [0, 9, 10, 11, 12, 13, 14, 15, 16])
    png.end()
    let values = try stored(fate(of: png.bytes).content).values
    #expect(
      values
        == stride(from: 1, to: 17, by: 4).flatMap { at in
          let at = UInt8(at)
          return [at ^ 1, at + 1, at ^ 1, at + 1, at ^ 1, at + 1, at + 2, at + 3]
        })
  }

  @Test(arguments: [(16, 3), (4, 2), (2, 6), (1, 4), (3, 0), (32, 0), (8, 1), (8, 5), (8, 7)] as [(UInt8, UInt8)])
  func depthsThatAColourTypeCannotHaveAreSkipped(depth: UInt8, colour: UInt8) throws {
    let file = PNGBuilder.file(
      1, 1, depth: depth, colour: colour, rows: [[UInt8](repeating: 0, count: 16)], before: [("PLTE", [1, 2, 3])])
    #expect(try fate(of: file).0 == .skipped)
  }

  /// Other readers pass over it as well.
  @Test func transparencyThatPNGForbidsSaysNothing() throws {
    let palette = [("PLTE", [2, 4, 6, 8, 10, 12] as [UInt8])]
    for (file, colour) in [
      (PNGBuilder.file(1, 1, colour: 3, rows: [[1]], before: palette + [("tRNS", [1, 2, 3])]), 2),
      (PNGBuilder.file(1, 1, colour: 3, rows: [[1]], before: [("tRNS", [0])] + palette), 2),
      (PNGBuilder.file(1, 1, rows: [[8, 10, 12]], before: [("tRNS", [0, 8, 0, 10, 0])]), 2),
      (PNGBuilder.file(1, 1, rows: [[8, 10, 12]], before: [("tRNS", [UInt8](repeating: 0, count: 70_000))]), 2),
      (PNGBuilder.file(1, 1, colour: 6, rows: [[8, 10, 12, 77]], before: [("tRNS", [0, 8, 0, 10, 0, 12])]), 6),
    ] as [([UInt8], UInt8)] {
      let (fate, content, _) = try fate(of: file)
      #expect(fate == .marked(channels: 3))
      let found = try stored(content)
      #expect(found.colour == colour && found.values == [9, 11, 13] + (colour == 6 ? [77] : []))
    }
  }

  @Test func whatSaysHowAnImageIsShownStaysWithAlphaAndSixteenBits() throws {
    let file = PNGBuilder.file(
      1, 1, depth: 16, colour: 6, rows: [[1, 2, 3, 4, 5, 6, 7, 8]],
      before: [
        ("gAMA", [0, 0, 177, 143]), ("sRGB", [1]), ("pHYs", [0, 0, 0, 9, 0, 0, 0, 9, 1]), ("iCCP", [65, 0, 0, 1]),
      ])
    let content = try fate(of: file).content
    #expect(try PNGImage.presentation(of: content) == PNGImage.presentation(of: file))
    #expect(try PNGImage.presentation(of: content).chunks.map(\.type) == ["gAMA", "sRGB", "pHYs", "iCCP"])
  }

  @Test func jpegFilesAreMarkedBaselineAndProgressive() throws {
    for file in [JPEGBuilder.plain([5, 0, 0]), JPEGBuilder.subsampled([5, 0, 0]), JPEGBuilder.scans(10)] {
      #expect(try fate(of: file, named: "x.jpg").0 == .marked(channels: 3))
    }
  }

  @Test func otherColoursOfJPEGAreSkipped() throws {
    let (fate, _, reason) = try fate(of: JPEGBuilder.fourColours(), named: "x.jpeg")
    #expect(fate == .skipped && reason?.contains("CMYK") == true && reason?.contains("-colorspace sRGB") == true)
  }

  @Test func anImageThatIsTurnedIsMarkedAsItIsStoredAndStaysTurned() throws {
    let file = PresentationTests.jpeg([PresentationTests.exifSegment(PresentationTests.exif(6, isBig: true))])
    let (fate, content, _) = try fate(of: file, named: "x.jpg")
    #expect(fate == .marked(channels: 3))
    #expect(try PNGImage.presentation(of: content).exif == JPEGImage.presentation(of: file).exif)
  }

  @Test func theContentSaysWhatAnImageIsNotTheSuffix() throws {
    #expect(try fate(of: JPEGBuilder.plain([5, 0, 0]), named: "x.png").0 == .marked(channels: 3))
    #expect(try fate(of: PNGBuilder.plain(99), named: "x").0 == .marked(channels: 3))
  }

  /// Animated ones among them: an APNG is all that is read of those.
  @Test(
    arguments: [
      (.gif, "GIF89a"), (.webP, "RIFF\u{10}\u{0}\u{0}\u{0}WEBPVP8X"), (.tiff, "II*\u{0}"),
      (.bmp, "BM\u{4}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}6\u{0}\u{0}\u{0}(\u{0}\u{0}\u{0}"),
      (.avif, "\u{0}\u{0}\u{0} ftypavif"), (.heic, "\u{0}\u{0}\u{0} ftypheic"),
      (.jpegXL, "\u{0}\u{0}\u{0}\u{C}JXL "), (.jpeg2000, "\u{0}\u{0}\u{0}\u{C}jP  "),
    ] as [(ForeignFormat, String)])
  func otherFormatsAreNoSamplesAndBadOnesUnderTheNameOfOne(format: ForeignFormat, head: String) throws {
    let file = Array(head.utf8) + [UInt8](repeating: 1, count: 40)
    for (name, expected) in [("x.gif", .companion), ("x", .companion), ("x.jpg", .skipped)] as [(String, Fate)] {
      let (fate, _, reason) = try fate(of: file, named: name)
      #expect(fate == expected)
      // Whoever counted on them learns what they are and what to do.
      #expect(reason == "\(ImageFault.foreign(format))")
      #expect(reason?.contains(format.name) == true && reason?.contains("magick") == true)
    }
  }

  @Test func whatIsNoPictureIsNoSampleWithoutALine() throws {
    for head in ["BM", "notes", "\u{0}\u{0}\u{0} ftypisom"] {
      let (fate, _, reason) = try fate(of: Array(head.utf8) + [UInt8](repeating: 1, count: 40), named: "x.bin")
      #expect(fate == .companion && reason == nil)
    }
  }

  @Test func whatIsCutShortIsSkipped() throws {
    let png = PNGBuilder.plain(50)
    #expect(try fate(of: Array(png.dropLast(20))).0 == .skipped)
    #expect(try fate(of: [], named: "x.png").0 == .skipped)
  }
}
