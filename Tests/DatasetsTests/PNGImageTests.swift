import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct PNGImageTests {
  func fault(_ file: [UInt8], limits: InputLimits = InputLimits()) -> ImageFault? {
    do throws(ImageFault) {
      _ = try PNGImage(decoding: file, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  func isCorrupt(_ file: [UInt8]) -> Bool {
    if case .corrupt = fault(file) { true } else { false }
  }

  @Test(arguments: [1, 3], [(1, 1), (5, 3), (32, 32), (257, 9)])
  func decodesWhatItEncoded(channels: Int, size: (Int, Int)) throws {
    var draws = Draws(UInt64(channels), UInt64(size.0))
    let image = PNGImage(
      width: size.0, height: size.1, channels: channels,
      pixels: (0..<size.0 * size.1 * channels).map { _ in UInt8(truncatingIfNeeded: draws.next()) })
    let file = image.encoded()
    #expect(try PNGImage(decoding: file) == image)
    #expect(image.encoded() == file)
    #expect(PNGImage(planar: image.planar(), shape: image.shape) == image)
  }

  @Test func putsPlanesOneAfterTheOther() {
    let image = PNGImage(width: 2, height: 1, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    #expect(image.planar() == [1, 4, 2, 5, 3, 6])
  }

  @Test func expandsPalettesAndLowDepths() throws {
    let palette = PNGBuilder.file(
      4, 1, depth: 2, colour: 3, rows: [[0b00_01_10_01]], before: [("PLTE", [1, 2, 3, 40, 50, 60, 7, 8, 9])])
    #expect(
      try PNGImage(decoding: palette)
        == PNGImage(width: 4, height: 1, channels: 3, pixels: [1, 2, 3, 40, 50, 60, 7, 8, 9, 40, 50, 60]))
    let bits = PNGBuilder.file(8, 1, depth: 1, colour: 0, rows: [[0b1010_0001]])
    #expect(
      try PNGImage(decoding: bits)
        == PNGImage(width: 8, height: 1, channels: 1, pixels: [255, 0, 255, 0, 0, 0, 0, 255]))
  }

  @Test func readsInterlacedImages() throws {
    // 2×2 RGB in Adam7: pass 1 holds (0,0), pass 6 (1,0), pass 7 the second row.
    var png = PNGBuilder()
    png.header(2, 2, interlace: 1)
    png.data([0, 1, 2, 3] + [0, 4, 5, 6] + [0, 7, 8, 9, 10, 11, 12])
    png.end()
    #expect(try PNGImage(decoding: png.bytes).pixels == Array(1...12))
  }

  @Test func readsTheUpperEightOfSixteenBits() throws {
    let (seen, unseen) = try PNGImage.decode(
      PNGBuilder.file(1, 1, depth: 16, rows: [[0, 1, 2, 3, 4, 5]]), limits: InputLimits())
    #expect(seen == PNGImage(width: 1, height: 1, channels: 3, pixels: [0, 2, 4]))
    #expect(unseen.lowerColours == [1, 3, 5] && unseen.alpha.isEmpty && unseen.lowerAlpha.isEmpty)
  }

  @Test func readsColoursAsTheyAreStoredWhateverTheirTransparency() throws {
    for file in [
      PNGBuilder.file(1, 1, colour: 6, rows: [[1, 2, 3, 0]]),
      PNGBuilder.file(1, 1, rows: [[1, 2, 3]], before: [("tRNS", [0, 1, 0, 2, 0, 3])]),
    ] {
      let (seen, unseen) = try PNGImage.decode(file, limits: InputLimits())
      #expect(seen == PNGImage(width: 1, height: 1, channels: 3, pixels: [1, 2, 3]))
      #expect(unseen.alpha == [0] && unseen.lowerColours.isEmpty && unseen.isFaint)
    }
    #expect(try PNGImage.decode(PNGBuilder.plain(9), limits: InputLimits()).unseen == UnseenPixels())
  }

  @Test(arguments: [1, 3], [false, true])
  func encodesWhatItDecoded(channels: Int, hasAlpha: Bool) throws {
    for depth in hasAlpha ? [8, 16] : [16] {
      var draws = Draws(UInt64(channels + depth))
      let values = channels + (hasAlpha ? 1 : 0)
      let samples = (0..<5 * 7 * values * depth / 8).map { _ in UInt8(truncatingIfNeeded: draws.next()) }
      let file = PNGImage.encoded(samples, width: 5, height: 7, channels: values, depth: depth)
      #expect(Int(file[24]) == depth && file[25] == (channels == 3 ? 2 : 0) + (hasAlpha ? 4 : 0))
      let (seen, unseen) = try PNGImage.decode(file, limits: InputLimits())
      #expect(unseen.encoded(with: seen.planar()[...], seen.shape) == file)
      #expect(unseen.bytes == samples.count - seen.pixels.count)
    }
  }

  /// Loaders that take the upper byte and those that round to the nearest of 256 levels.
  @Test func aMarkOnSixteenBitsKeepsToItsBudgetHoweverItIsRead() throws {
    let values = (0..<3000).map { UInt16(truncatingIfNeeded: $0 &* 40_503) } + [0, 65_535, 255, 65_280]
    let samples = values.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] }
    let file = PNGImage.encoded(samples, width: values.count, height: 1, channels: 1, depth: 16)
    let (seen, unseen) = try PNGImage.decode(file, limits: InputLimits())
    for change in [-8, -1, 1, 8] {
      let marked = seen.pixels.map { UInt8(clamping: Int($0) + change) }
      let (after, kept) = try PNGImage.decode(unseen.encoded(with: marked[...], seen.shape), limits: InputLimits())
      #expect(after.pixels == marked && kept == unseen)
      for (place, value) in values.enumerated() {
        let written = Int(after.pixels[place]) << 8 | Int(kept.lowerColours[place])
        #expect(written - Int(value) == 256 * (Int(marked[place]) - Int(seen.pixels[place])))
        #expect(abs((written + 128) / 257 - (Int(value) + 128) / 257) <= abs(change))
      }
    }
  }

  @Test func refusesAnythingCutShort() {
    let file = PNGBuilder.plain(9)
    for count in 0..<8 { #expect(fault(Array(file[..<count])) == .notPNG) }
    for count in 8..<file.count { #expect(fault(Array(file[..<count])) == .truncated) }
  }

  @Test func refusesAWrongCheckSum() {
    var png = PNGBuilder()
    png.header(1, 1)
    png.data([0, 1, 2, 3], badCRC: true)
    png.end()
    #expect(isCorrupt(png.bytes))

    var ancillary = PNGBuilder()
    ancillary.header(1, 1)
    ancillary.chunk("gAMA", [0, 0, 177, 143], badCRC: true)
    ancillary.data([0, 1, 2, 3])
    ancillary.end()
    #expect(isCorrupt(ancillary.bytes))
  }

  @Test func refusesHugeDimensionsBeforeTakingMemory() {
    #expect(fault(PNGBuilder.file(2_000_000_000, 2_000_000_000, rows: [[1]])) == .side(limit: 8192))
    #expect(fault(PNGBuilder.file(8193, 1, rows: [[1]])) == .side(limit: 8192))
    #expect(fault(PNGBuilder.file(8000, 8000, rows: [[1]])) == .area(64_000_000, limit: 33_000_000))
  }

  @Test func refusesZeroSize() {
    #expect(fault(PNGBuilder.file(0, 1, rows: [[]])) == .side(limit: 8192))
    #expect(fault(PNGBuilder.file(1, 0, rows: [[]])) == .side(limit: 8192))
  }

  @Test func refusesTooFewRows() {
    #expect(fault(PNGBuilder.file(2, 2, rows: [[1, 2, 3, 4, 5, 6]])) != nil)
  }

  @Test func refusesBadDeflateDataUnderGoodCheckSums() {
    var png = PNGBuilder()
    png.header(1, 1)
    png.chunk("IDAT", [0x78, 0x01, 0xFF, 0xFF, 0xFF])
    png.end()
    #expect(isCorrupt(png.bytes))
  }

  @Test func passesOverAnAncillaryChunkBomb() throws {
    // 64 MiB of zeros in a compressed text chunk, and tens of thousands of small chunks.
    var png = PNGBuilder()
    png.header(1, 1)
    png.chunk("zTXt", Array("bomb".utf8) + [0, 0] + PNGBuilder.zlib([UInt8](repeating: 0, count: 1 << 20)))
    for _ in 0..<20_000 { png.chunk("tEXt", Array("a\u{0}b".utf8)) }
    for _ in 0..<2000 { png.chunk("prVt", [1]) }
    png.data([0, 1, 2, 3])
    png.end()
    #expect(try PNGImage(decoding: png.bytes).pixels == [1, 2, 3])
  }

  @Test func refusesAnotherFormat() {
    #expect(fault(Array("GIF89a..............".utf8)) == .notPNG)
    #expect(fault([]) == .notPNG)
  }

  @Test func survivesRandomDamage() {
    var draws = Draws(6)
    let palette = PNGBuilder.file(
      4, 1, depth: 2, colour: 3, rows: [[0b00_01_10_01]], before: [("PLTE", [1, 2, 3, 40, 50, 60, 7, 8, 9])])
    let cutOut = PNGBuilder.file(
      2, 1, depth: 16, colour: 6, rows: [[UInt8](repeating: 9, count: 16)], before: [("sRGB", [0])])
    let keyed = PNGBuilder.file(
      4, 1, depth: 2, colour: 3, rows: [[0b00_01_10_01]], before: [("PLTE", [1, 2, 3, 40, 50, 60]), ("tRNS", [0, 9])])
    for whole in [PNGBuilder.plain(9), palette, cutOut, keyed] {
      for _ in 0..<500 {
        var file = whole
        // Damage inside a chunk, with the check sum put right again, gets past the first line of defence.
        let at = 8 + draws.below(file.count - 8)
        file[at] = UInt8(truncatingIfNeeded: draws.next())
        _ = fault(PNGBuilder.withCorrectCheckSums(file))
      }
    }
  }
}
