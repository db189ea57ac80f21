import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct JPEGImageTests {
  func fault(_ file: [UInt8], limits: InputLimits = InputLimits()) -> ImageFault? {
    do throws(ImageFault) {
      _ = try JPEGImage(decoding: file, limits: limits)
      return nil
    } catch {
      return error
    }
  }

  func isCorrupt(_ file: [UInt8]) -> Bool {
    if case .corrupt = fault(file) { true } else { false }
  }

  @Test func decodesWhatTheFormatSays() throws {
    let grey = try JPEGImage(decoding: JPEGBuilder.plain([5]))
    #expect(grey == JPEGImage(width: 8, height: 8, channels: 1, pixels: [UInt8](repeating: 133, count: 64)))
    #expect(try JPEGImage(decoding: JPEGBuilder.plain([-100])).pixels == [UInt8](repeating: 28, count: 64))
    // R = Y + 1.402 Cr, G = Y − 0.714 Cr − 0.344 Cb, B = Y + 1.772 Cb, with Y = 133, Cb = −20, Cr = 10.
    let colour = [UInt8(147), 133, 98]
    let plain = try JPEGImage(decoding: JPEGBuilder.plain([5, -20, 10]))
    #expect(plain.pixels == Array(repeating: colour, count: 64).flatMap { $0 })
    let subsampled = try JPEGImage(decoding: JPEGBuilder.subsampled([5, -20, 10]))
    #expect(subsampled.shape == ImageShape(channels: 3, height: 16, width: 16))
    #expect(subsampled.pixels == Array(repeating: colour, count: 256).flatMap { $0 })
  }

  @Test func readsProgressiveFiles() throws {
    #expect(try JPEGImage(decoding: JPEGBuilder.scans(10)).pixels == [UInt8](repeating: 133, count: 192))
  }

  @Test(arguments: [1, 3], [(1, 1), (5, 3), (32, 32), (257, 9)])
  func decodesNearlyWhatItEncoded(channels: Int, size: (Int, Int)) throws {
    let (width, height) = size
    let image = JPEGImage(
      width: width, height: height, channels: channels,
      pixels: (0..<width * height * channels).map { place in
        UInt8(100 + place / channels % width * 50 / width + place % channels * 9)
      })
    let file = image.encoded(quality: 100)
    let decoded = try JPEGImage(decoding: file)
    #expect(decoded.shape == image.shape)
    #expect(zip(decoded.pixels, image.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    #expect(image.encoded(quality: 100) == file)
    #expect(image.encoded(quality: 30).count <= file.count)
  }

  @Test func encodesNoiseWithinItsBound() throws {
    var draws = Draws(4)
    for channels in [1, 3] {
      for (width, height) in [(1, 1), (8, 8), (9, 17), (64, 64)] {
        let image = JPEGImage(
          width: width, height: height, channels: channels,
          pixels: (0..<width * height * channels).map { _ in draws.next() & 1 == 0 ? 0 : 255 })
        for quality in [1, 50, 100] {
          #expect(try JPEGImage(decoding: image.encoded(quality: quality)).shape == image.shape)
        }
      }
    }
  }

  @Test func keepsFullColourResolution() throws {
    // Single red and green columns side by side; with chroma subsampling they would run into one another.
    let pixels = (0..<256).flatMap { place -> [UInt8] in place % 2 == 0 ? [200, 60, 60] : [60, 200, 60] }
    let image = JPEGImage(width: 16, height: 16, channels: 3, pixels: pixels)
    let decoded = try JPEGImage(decoding: image.encoded(quality: 95))
    #expect(zip(decoded.pixels, pixels).allSatisfy { abs(Int($0) - Int($1)) <= 12 })
  }

  @Test func refusesAnythingCutShort() {
    for file in [JPEGBuilder.plain([5, 3, 2]), JPEGBuilder.scans(5)] {
      for count in 0..<3 { #expect(fault(Array(file[..<count])) == .notJPEG) }
      for count in 3..<file.count { #expect(fault(Array(file[..<count])) == .truncated, "\(count) bytes") }
    }
  }

  @Test func refusesHugeDimensionsBeforeTakingMemory() {
    #expect(fault(JPEGBuilder.claiming(65_000, 65_000)) == .side(limit: 8192))
    #expect(fault(JPEGBuilder.claiming(8193, 1)) == .side(limit: 8192))
    #expect(fault(JPEGBuilder.claiming(1, 8193)) == .side(limit: 8192))
    #expect(fault(JPEGBuilder.claiming(8000, 8000)) == .area(64_000_000, limit: 33_000_000))
    #expect(isCorrupt(JPEGBuilder.claiming(65_535, 65_535)))
    #expect(isCorrupt(JPEGBuilder.claiming(0, 8)))
  }

  @Test func refusesCMYK() {
    #expect(fault(JPEGBuilder.fourColours()) == .colours(components: 4))
    #expect(fault(JPEGBuilder.plain([1, 2])) == .colours(components: 2))
  }

  @Test func refusesTooManyScans() {
    #expect(fault(JPEGBuilder.scans(100)) == nil)
    #expect(fault(JPEGBuilder.scans(101)) == .scans(limit: 100))
    #expect(fault(JPEGBuilder.scans(190)) == .scans(limit: 100))
  }

  @Test func refusesALosslessFrame() {
    var jpeg = JPEGBuilder()
    jpeg.tables()
    jpeg.frame(0xC3, 8, 8, components: 1)
    jpeg.scan(1...1, bits: "00000")
    jpeg.end()
    #expect(fault(jpeg.bytes) != nil)
  }

  @Test func passesOverBytesBetweenMarkers() throws {
    // After the first table, a segment of 4 + 65 bytes.
    var file = JPEGBuilder.plain([5])
    file.insert(contentsOf: [0, 1, 2], at: 2 + 4 + 65)
    #expect(try JPEGImage(decoding: file).pixels == [UInt8](repeating: 133, count: 64))
  }

  @Test func refusesDamagedImageData() {
    // The code 1111 stands for nothing.
    var jpeg = JPEGBuilder()
    jpeg.tables()
    jpeg.frame(0xC0, 8, 8, components: 1)
    jpeg.scan(1...1, bits: "1111111111111110" + "0000000000000000")
    jpeg.end()
    #expect(isCorrupt(jpeg.bytes))
  }

  @Test func refusesAnotherFormat() {
    #expect(fault(PNGBuilder.plain(3)) == .notJPEG)
    #expect(fault([]) == .notJPEG)
  }

  @Test func survivesRandomDamage() {
    var draws = Draws(6)
    var noise = Draws(7)
    let picture = JPEGImage(
      width: 24, height: 20, channels: 3, pixels: (0..<1440).map { _ in UInt8(truncatingIfNeeded: noise.next()) })
    for whole in [JPEGBuilder.scans(20), JPEGBuilder.subsampled([5, 3, 2]), picture.encoded(quality: 80)] {
      for _ in 0..<500 {
        var file = whole
        for _ in 0..<1 + draws.below(3) {
          file[3 + draws.below(file.count - 3)] = UInt8(truncatingIfNeeded: draws.next())
        }
        _ = fault(file)
      }
    }
  }
}
