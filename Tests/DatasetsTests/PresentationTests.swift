import Foundations
import Testing

@testable import Archives
@testable import Datasets

/// What an image file says about how it is shown must survive being marked, and nothing else may.
@Suite struct PresentationTests {
  /// Exif data of either byte order: an orientation, a resolution of 300 dots an inch, a colour space in the camera's
  /// directory, and a thumbnail in a second directory.
  static func exif(_ orientation: UInt8, isBig: Bool) -> [UInt8] {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
      let big = (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - $0))) }
      return isBig ? big : big.reversed()
    }
    func entry(_ tag: Int, _ type: Int, _ value: [UInt8]) -> [UInt8] {
      number(tag, 2) + number(type, 2) + number(1, 4) + value + [UInt8](repeating: 0, count: 4 - value.count)
    }
    // Directories at 8 (4 entries), 62 (1 entry), 80 (1 entry), 98: the rational.
    let pieces: [[UInt8]] = [
      isBig ? [0x4D, 0x4D] : [0x49, 0x49], number(42, 2), number(8, 4),
      number(4, 2), entry(0x0112, 3, number(Int(orientation), 2)), entry(0x010F, 4, number(7, 4)),
      entry(0x011A, 5, number(98, 4)), entry(0x8769, 4, number(62, 4)), number(80, 4),
      number(1, 2), entry(0xA001, 3, number(1, 2)), number(0, 4),
      number(1, 2), entry(0x0201, 4, number(106, 4)), number(0, 4),
      number(300, 4), number(1, 4), Array("THUMBNAIL".utf8),
    ]
    return Array(pieces.joined())
  }

  /// The Exif data that should be left, whatever the order was: 0x0112, 0x011A and the pointer, then 0xA001.
  static func kept(_ orientation: UInt8) -> [UInt8] {
    let pieces: [[UInt8]] = [
      [0x4D, 0x4D, 0, 42, 0, 0, 0, 8], [0, 3], [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0],
      [0x01, 0x1A, 0, 5, 0, 0, 0, 1, 0, 0, 0, 50], [0x87, 0x69, 0, 4, 0, 0, 0, 1, 0, 0, 0, 58], [0, 0, 0, 0],
      [0, 0, 1, 44, 0, 0, 0, 1], [0, 1], [0xA0, 0x01, 0, 3, 0, 0, 0, 1, 0, 1, 0, 0], [0, 0, 0, 0],
    ]
    return Array(pieces.joined())
  }

  static func jpeg(_ segments: [(UInt8, [UInt8])], level: Int = 5) -> [UInt8] {
    var start = JPEGBuilder()
    for (marker, body) in segments { start.segment(marker, body) }
    return start.bytes + JPEGBuilder.plain([level, 0, 0]).dropFirst(2)
  }

  static func png(_ chunks: [(String, [UInt8])], level: UInt8 = 9) -> [UInt8] {
    PNGBuilder.file(8, 8, rows: Array(repeating: [UInt8](repeating: level, count: 24), count: 8), before: chunks)
  }

  static func exifSegment(_ tiff: [UInt8]) -> (UInt8, [UInt8]) { (0xE1, Array("Exif\u{0}\u{0}".utf8) + tiff) }

  static func profileSegments(_ profile: [UInt8], part: Int = 65_519) -> [(UInt8, [UInt8])] {
    let count = (profile.count + part - 1) / part
    return (0..<count).map { number in
      let bytes = profile[number * part..<min(profile.count, (number + 1) * part)]
      return (0xE2, Array("ICC_PROFILE\u{0}".utf8) + [UInt8(number + 1), UInt8(count)] + bytes)
    }
  }

  /// The chunks of a PNG file between its header and its data.
  func chunks(_ file: [UInt8]) -> [String: [UInt8]] {
    var chunks: [String: [UInt8]] = [:]
    var at = 33
    while at + 12 <= file.count {
      let length = file[at..<at + 4].reduce(0) { $0 << 8 | Int($1) }
      let type = String(decoding: file[at + 4..<at + 8], as: UTF8.self)
      if type == "IDAT" { break }
      chunks[type] = Array(file[at + 8..<at + 8 + length])
      at += 12 + length
    }
    return chunks
  }

  /// What becomes of image files in one archive: the first is marked, with `all` the others are written anew too.
  func rewrite(
    _ files: [[UInt8]], _ jpeg: MarkedJPEG = .png, all: Bool = true, limits: InputLimits = InputLimits()
  ) throws -> [[UInt8]] {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for (number, file) in files.enumerated() { tar.add("a/\(number)", content: file) }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished), limits: limits)
      _ = try ArchiveRewriter(survey, batch: 2, budget: .linf(3), jpeg: jpeg, rewritesAll: all, limits: limits).rewrite(
        to: scratch.file("out"), choose: { $0 == 0 }, marker: ArchiveRewriterTests.mark)
      return try readAll(scratch.file("out")).map(\.content)
    }
  }

  @Test(arguments: [true, false], [MarkedJPEG.png, .pngKeepingName, .jpeg(quality: 90)])
  func keepsTheOrientationOfJPEGFiles(isBig: Bool, jpeg: MarkedJPEG) throws {
    let files = [6, 8].map { Self.jpeg([Self.exifSegment(Self.exif($0, isBig: isBig))]) }
    for (file, orientation) in zip(try rewrite(files, jpeg), [6, 8] as [UInt8]) {
      if case .jpeg = jpeg {
        // After SOI and libjpeg's JFIF header.
        let segment: [UInt8] = [0xFF, 0xE1, 0, UInt8(8 + Self.kept(6).count)] + Array("Exif\u{0}\u{0}".utf8)
        #expect(file.dropFirst(20).starts(with: segment + Self.kept(orientation)))
        _ = try JPEGImage(decoding: file)
      } else {
        #expect(chunks(file) == ["eXIf": Self.kept(orientation)])
        _ = try PNGImage(decoding: file)
      }
    }
  }

  @Test func keepsNoThumbnailAndNothingOfAFileThatSaysNothing() throws {
    let files = try rewrite([
      Self.jpeg([Self.exifSegment(Self.exif(6, isBig: true))]), Self.jpeg([]),
      Self.png([("tEXt", Array("a\u{0}b".utf8))]),
    ])
    #expect(!files[0].contains(Array("THUMBNAIL".utf8)))
    #expect(chunks(files[1]).isEmpty && chunks(files[2]).isEmpty)
    #expect(try PNGImage(decoding: files[2]).encoded() == files[2])
  }

  @Test func keepsWhatDecidesHowAPNGFileIsShown() throws {
    // A bomb: 32 MiB of zeros as a profile. It is kept as it is, and never expanded here.
    let bomb = Array("icc\u{0}\u{0}".utf8) + Deflate.compressed([UInt8](repeating: 0, count: 32 << 20))
    let kept: [(String, [UInt8])] = [
      ("gAMA", [0, 0, 0xB1, 0x8F]), ("cHRM", [UInt8](repeating: 3, count: 32)), ("sRGB", [1]), ("iCCP", bomb),
      ("pHYs", [0, 0, 11, 19, 0, 0, 11, 19, 1]), ("cICP", [9, 16, 0, 1]),
    ]
    let content = Array("Exif\u{0}\u{0}".utf8) + Self.kept(5)
    let digits = content.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    let raw = "\nexif\n\(content.count)\n\(digits)\n"
    let dropped: [(String, [UInt8])] = [
      ("tIME", [7, 208, 1, 1, 0, 0, 0]), ("tEXt", Array("Comment\u{0}x".utf8)), ("gAMA", [0, 0, 0, 1]),
    ]
    let written: [(String, [UInt8])] = [
      ("eXIf", Self.exif(3, isBig: false)),
      ("zTXt", Array("Raw profile type exif\u{0}\u{0}".utf8) + Deflate.compressed(Array(raw.utf8))),
    ]
    let file = Self.png(kept + written + dropped)
    for file in try rewrite([file, file]) {
      var expected = Dictionary(uniqueKeysWithValues: kept)
      expected["eXIf"] = Self.kept(3)
      expected["tEXt"] = Array("Raw profile type exif\u{0}".utf8) + Array(raw.utf8)
      #expect(chunks(file) == expected)
    }
  }

  @Test func keepsTheOrientationThatOnlyXMPSays() throws {
    for packet in [#"<x tiff:Orientation="6">"#, "<x tiff:Orientation='6'>", "<tiff:Orientation>6</tiff:Orientation>"] {
      let segment = (UInt8(0xE1), Array("http://ns.adobe.com/xap/1.0/\u{0}".utf8) + Array(packet.utf8))
      let chunk = ("iTXt", Array("XML:com.adobe.xmp".utf8) + [0, 0, 0, 0, 0] + Array(packet.utf8))
      for file in try rewrite([Self.jpeg([segment]), Self.png([chunk])]) {
        let text = try #require(chunks(file)["iTXt"])
        #expect(text.starts(with: Array("XML:com.adobe.xmp".utf8) + [0, 0, 0, 0, 0]))
        #expect(String(decoding: text, as: UTF8.self).contains(#"tiff:Orientation="6""#))
      }
      let jpeg = try rewrite([Self.jpeg([segment])], .jpeg(quality: 90))[0]
      #expect(try JPEGImage.presentation(of: jpeg).xmpOrientation == 6)
    }
  }

  @Test func keepsColourProfilesOfJPEGFiles() throws {
    let profile = (0..<150_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 5) }
    let file = Self.jpeg(Self.profileSegments(profile))
    let png = try rewrite([file])[0]
    let chunk = try #require(chunks(png)["iCCP"])
    #expect(chunk.starts(with: Array("ICC profile".utf8) + [0, 0]))
    #expect(Deflate.expanded(Array(chunk.dropFirst(13)), limit: 200_000) == profile)
    #expect(try PNGImage(decoding: png).width == 8)
    let jpeg = try rewrite([file], .jpeg(quality: 90))[0]
    #expect(try JPEGImage.presentation(of: jpeg).profile == profile)
    #expect(try JPEGImage(decoding: jpeg).width == 8)
  }

  @Test func keepsTheDensity() throws {
    func file(_ unit: UInt8, _ x: UInt8, _ y: UInt8) -> [UInt8] {
      Self.jpeg([(0xE0, Array("JFIF\u{0}".utf8) + [1, 2, unit, 0, x, 0, y, 0, 0])])
    }
    let files = [file(1, 72, 254), file(2, 28, 28), file(0, 1, 1), file(0, 2, 1), file(1, 0, 0)]
    let densities = try rewrite(files).map { chunks($0)["pHYs"] }
    let expected: [[UInt8]?] = [
      [0, 0, 11, 19, 0, 0, 39, 16, 1], [0, 0, 10, 240, 0, 0, 10, 240, 1], nil, [0, 0, 0, 2, 0, 0, 0, 1, 0], nil,
    ]
    #expect(densities == expected)
    let jpeg = try rewrite([files[0]], .jpeg(quality: 90))[0]
    #expect(jpeg[13..<18].elementsEqual([1, 0, 72, 0, 254]))
  }

  @Test func leavesTheProfileOfGreysOutOfAColourImage() throws {
    let grey = PNGBuilder.file(
      8, 8, colour: 0, rows: Array(repeating: [UInt8](repeating: 4, count: 8), count: 8),
      before: [("iCCP", [1, 0, 0, 5]), ("gAMA", [0, 0, 0, 7])])
    let (amongColours, alone) = (try rewrite([grey, Self.png([])])[0], try rewrite([grey])[0])
    #expect(chunks(amongColours) == ["gAMA": [0, 0, 0, 7]])
    #expect(chunks(alone) == ["iCCP": [1, 0, 0, 5], "gAMA": [0, 0, 0, 7]])
  }

  @Test func skipsAnImageWhoseProfileIsTooLargeToKeep() throws {
    var limits = InputLimits()
    limits.badSampleShare = 0.9
    let huge = [UInt8](repeating: 7, count: 16 << 20)
    let files = [
      Self.png([]), Self.jpeg(Self.profileSegments(Array(huge.prefix(255 * 65_519)))), Self.png([("iCCP", huge)]),
    ]
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      for (number, file) in files.enumerated() { tar.add("a/\(number).png", content: file) }
      let survey = try DatasetSurvey(file: scratch.write(tar.finished), limits: limits)
      #expect(survey.skipped.map(\.member) == ["a/1.png", "a/2.png"])
      #expect(survey.skipped.first?.reason == "\(ImageFault.profile(limit: 1 << 20))")
    }
    // Those that are passed over are still as they were.
    #expect(try rewrite(files, limits: limits)[1...].elementsEqual(files[1...]))
  }

  @Test func aThousandBombsOfTextAreExpandedOnce() throws {
    // Each would expand to 64 MiB; all of them to 64 GiB.
    let zeros = [UInt8](repeating: 48, count: 64 << 20)
    let bomb = Array("Raw profile type exif\u{0}\u{0}".utf8) + Deflate.compressed(zeros)
    let file = Self.png(Array(repeating: ("zTXt", bomb), count: 1000))
    #expect(try PNGImage.presentation(of: file) == ImagePresentation())
  }

  @Test func takesADoubtfulProfileForNone() throws {
    let parts = Self.profileSegments([UInt8](1...90), part: 30)
    #expect(parts.count == 3)
    for segments in [[parts[0], parts[2]], [parts[0], parts[1], parts[1]], parts + [parts[1]]] {
      #expect(try JPEGImage.presentation(of: Self.jpeg(segments)).profile == [])
    }
    #expect(try JPEGImage.presentation(of: Self.jpeg(parts.reversed())).profile == [UInt8](1...90))
  }

  @Test func survivesHostileExifData() throws {
    let whole = Self.exif(6, isBig: true)
    #expect(ExifFields(tiff: whole).orientation == 6)
    for count in 0..<whole.count { _ = ExifFields(tiff: whole[..<count]) }
    var draws = Draws(8)
    for _ in 0..<3000 {
      var damaged = whole
      for _ in 0...draws.below(4) { damaged[draws.below(damaged.count)] = UInt8(truncatingIfNeeded: draws.next()) }
      let fields = ExifFields(tiff: damaged)
      // What is written is read back as the same.
      #expect(fields.tiff.map { ExifFields(tiff: $0) } ?? ExifFields() == fields)
      _ = try? JPEGImage.presentation(of: Self.jpeg([Self.exifSegment(damaged)]))
      _ = try? PNGImage.presentation(of: Self.png([("eXIf", damaged)]))
    }
  }

  @Test func theBytesOfAnOrientationBeyondTheEightAreNotKept() {
    #expect(ExifFields(tiff: Self.exif(9, isBig: true)).orientation == nil)
    #expect(ExifFields(tiff: Self.exif(0, isBig: false)).orientation == nil)
  }
}
