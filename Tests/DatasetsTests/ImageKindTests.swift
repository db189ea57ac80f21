import Archives
import Foundations
import Testing

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

  private func fate(of file: [UInt8], named name: String = "x.png") throws -> (Fate, content: [UInt8]) {
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
      if !survey.skipped.isEmpty {
        #expect(survey.skipped.map(\.member) == ["a/\(name)"] && content == file)
        return (.skipped, content)
      }
      guard survey.count == 5 else {
        #expect(survey.count == 4 && content == file && released[3].member.name == "a/\(name)")
        return (.companion, content)
      }
      return (.marked(channels: try PNGImage(decoding: content).channels), content)
    }
  }

  private func pixels(_ content: [UInt8]) throws -> [UInt8] { try PNGImage(decoding: content).pixels.map { $0 ^ 1 } }

  @Test func palettesAndLowDepthsAreMarkedAsColourAndGrey() throws {
    let palette = PNGBuilder.file(
      4, 1, depth: 2, colour: 3, rows: [[0b00_01_10_01]], before: [("PLTE", [1, 2, 3, 40, 50, 60, 7, 8, 9])])
    let (fate, content) = try fate(of: palette)
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
    let (fate, content) = try fate(of: png.bytes)
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
    let (fate, content) = try fate(of: png.bytes)
    #expect(try fate == .marked(channels: 3) && pixels(content) == [1, 2, 3])
    #expect(!String(decoding: content, as: UTF8.self).contains("acTL"))
  }

  @Test func sixteenBitsAreSkipped() throws {
    #expect(try fate(of: PNGBuilder.file(1, 1, depth: 16, rows: [[0, 1, 2, 3, 4, 5]])).0 == .skipped)
  }

  @Test func transparencyIsSkippedWhereverItStands() throws {
    for file in [
      PNGBuilder.file(1, 1, colour: 6, rows: [[1, 2, 3, 4]]), PNGBuilder.file(1, 1, colour: 4, rows: [[1, 2]]),
      PNGBuilder.file(1, 1, rows: [[1, 2, 3]], before: [("tRNS", [0, 1, 0, 2, 0, 3])]),
      PNGBuilder.file(1, 1, colour: 3, rows: [[0]], before: [("PLTE", [1, 2, 3]), ("tRNS", [7])]),
    ] { #expect(try fate(of: file).0 == .skipped) }
  }

  @Test func jpegFilesAreMarkedBaselineAndProgressive() throws {
    for file in [JPEGBuilder.plain([5, 0, 0]), JPEGBuilder.subsampled([5, 0, 0]), JPEGBuilder.scans(10)] {
      #expect(try fate(of: file, named: "x.jpg").0 == .marked(channels: 3))
    }
  }

  @Test func otherColoursOfJPEGAreSkipped() throws {
    #expect(try fate(of: JPEGBuilder.fourColours(), named: "x.jpeg").0 == .skipped)
  }

  @Test func anImageThatIsTurnedIsMarkedAsItIsStoredAndStaysTurned() throws {
    let file = PresentationTests.jpeg([PresentationTests.exifSegment(PresentationTests.exif(6, isBig: true))])
    let (fate, content) = try fate(of: file, named: "x.jpg")
    #expect(fate == .marked(channels: 3))
    #expect(try PNGImage.presentation(of: content).exif == JPEGImage.presentation(of: file).exif)
  }

  @Test func theContentSaysWhatAnImageIsNotTheSuffix() throws {
    #expect(try fate(of: JPEGBuilder.plain([5, 0, 0]), named: "x.png").0 == .marked(channels: 3))
    #expect(try fate(of: PNGBuilder.plain(99), named: "x").0 == .marked(channels: 3))
  }

  @Test(arguments: ["GIF89a", "RIFF\u{10}\u{0}\u{0}\u{0}WEBPVP8 ", "II*\u{0}", "BM"])
  func otherFormatsAreNoSamplesAndBadOnesUnderTheNameOfOne(head: String) throws {
    let file = Array(head.utf8) + [UInt8](repeating: 1, count: 40)
    #expect(try fate(of: file, named: "x.gif").0 == .companion)
    #expect(try fate(of: file, named: "x.webp").0 == .companion)
    #expect(try fate(of: file, named: "x.jpg").0 == .skipped)
  }

  @Test func whatIsCutShortIsSkipped() throws {
    let png = PNGBuilder.plain(50)
    #expect(try fate(of: Array(png.dropLast(20))).0 == .skipped)
    #expect(try fate(of: [], named: "x.png").0 == .skipped)
  }
}
