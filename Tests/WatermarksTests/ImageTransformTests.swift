import Datasets
import Foundation
import Foundations
import Testing

@testable import Watermarks

@Suite struct ImageTransformTests {
  private let shape = ImageShape(channels: 3, height: 9, width: 12)

  private func images(_ count: Int) -> [UInt8] {
    let drawn = DrawnDataset(seed: 4, shape: shape)
    return (0..<count).flatMap { drawn.pixels(label: $0 % 10, number: $0) }
  }

  /// The same in two dimensions at once, pixel by pixel.
  @Test(arguments: [0.5, 1, 2.5]) func blursAsTheDefinitionSays(sigma: Double) {
    let reach = Int((3 * sigma).rounded(.up))
    let source = images(2)
    var weights: [[Double]] = []
    for down in -reach...reach {
      weights.append((-reach...reach).map { exp(-Double($0 * $0 + down * down) / (2 * sigma * sigma)) })
    }
    let total = weights.joined().reduce(0, +)
    let expected = (0..<2 * shape.bytes).map { index -> Double in
      let (plane, pixel) = (index / (shape.height * shape.width), index % (shape.height * shape.width))
      let (y, x) = (pixel / shape.width, pixel % shape.width)
      var sum = 0.0
      for down in -reach...reach {
        for across in -reach...reach {
          let row = min(max(y + down, 0), shape.height - 1)
          let column = min(max(x + across, 0), shape.width - 1)
          sum +=
            weights[down + reach][across + reach]
            * Double(source[(plane * shape.height + row) * shape.width + column])
        }
      }
      return sum / total
    }
    let found = GaussianBlur(shape, sigma: sigma)(source, count: 2)
    // Sums in another order may fall on the other side of a half.
    #expect(zip(found, expected).allSatisfy { abs(Double($0) - $1) <= 0.5 + 1e-9 })
    #expect(found != source)
  }

  @Test(arguments: [1, 4, 6, 8]) func keepsTheNearestOfItsLevels(bits: Int) throws {
    let levels = (0..<1 << bits).map { Double($0) * 255 / Double((1 << bits) - 1) }
    let change = ImageTransform.bits(bits).change(of: ImageShape(channels: 1, height: 16, width: 16), seed: 0)
    let bytes = (0...255).map { UInt8($0) }
    let found = try change(bytes, 1)
    #expect(Set(found).count == 1 << bits)
    for (byte, value) in zip(bytes, found) {
      let nearest = levels.map { abs($0 - Double(byte)) }.min() ?? 0
      let level = levels.min { abs($0 - Double(value)) < abs($1 - Double(value)) } ?? -1
      #expect(abs(abs(level - Double(byte)) - nearest) < 1e-9, "\(byte) became \(value)")
      #expect(abs(level - Double(value)) <= 0.5)
    }
    if bits == 8 { #expect(found == bytes) }
  }

  @Test(arguments: ["resize:0.5", "resize:0.1", "crop:0.6", "blur:1.5", "bits:8", "jpeg:90"])
  func leavesAConstantImageAlone(text: String) throws {
    let change = try #require(ImageTransform(text)).change(of: shape, seed: 0)
    for value: UInt8 in [0, 77, 255] {
      let image = [UInt8](repeating: value, count: shape.bytes)
      #expect(try change(image, 1) == image)
    }
  }

  /// Halving an even side: each value is the mean of the four neighbours in a row with weights 1, 3, 3, 1.
  @Test func shrinksByAverages() {
    let row = ImageShape(channels: 1, height: 1, width: 8)
    let source: [UInt8] = [0, 80, 160, 240, 0, 0, 200, 100]
    let found = ImageResampling(from: row, height: 1, width: 4)(source, count: 1)
    // (3·0 + 3·80 + 160)/7, (80 + 3·160 + 3·240 + 0)/8, (240 + 0 + 0 + 200)/8.
    let expected: [UInt8] = [57, 160, 55]
    #expect(Array(found.prefix(3)) == expected)
    let same = ImageResampling(from: row, height: 1, width: 8)(source, count: 1)
    #expect(same == source)
  }

  @Test func cropsTheMiddle() throws {
    let square = ImageShape(channels: 1, height: 8, width: 8)
    var image = [UInt8](repeating: 0, count: 64)
    for y in 2..<6 {
      for x in 2..<6 { image[y * 8 + x] = 200 }
    }
    #expect(try ImageTransform.crop(share: 0.5).change(of: square, seed: 0)(image, 1).allSatisfy { $0 == 200 })
    #expect(try ImageTransform.crop(share: 1).change(of: square, seed: 0)(image, 1) == image)
  }

  @Test func addsNoiseOfTheGivenStrengthByTheSeed() throws {
    let grey = [UInt8](repeating: 128, count: 64 * shape.bytes)
    let noise = ImageTransform.noise(sigma: 8)
    let found = try noise.change(of: shape, seed: 3)(grey, 64)
    let differences = found.map { Double($0) - 128 }
    let mean = differences.reduce(0, +) / Double(differences.count)
    let deviation = (differences.reduce(0) { $0 + $1 * $1 } / Double(differences.count)).squareRoot()
    // 20,736 draws: standard errors of .06 and .04.
    #expect(abs(mean) < 0.3 && abs(deviation - 8) < 0.3)
    #expect(try noise.change(of: shape, seed: 3)(grey, 64) == found)
    #expect(try noise.change(of: shape, seed: 4)(grey, 64) != found)
  }

  /// A lower quality is further from the image; colours lose what luma keeps.
  @Test func compressesLikeAServer() throws {
    let source = images(8)
    func distance(_ quality: Int, _ images: [UInt8], _ shape: ImageShape) throws -> Double {
      let found = try ImageTransform.jpeg(quality: quality).change(of: shape, seed: 0)(
        images, images.count / shape.bytes)
      #expect(found.count == images.count)
      return zip(found, images).reduce(0) { $0 + abs(Double($1.0) - Double($1.1)) } / Double(images.count)
    }
    let (fine, coarse) = (try distance(95, source, shape), try distance(20, source, shape))
    #expect(fine > 0 && fine < coarse && coarse < 40)
    // Columns that alternate between two colours of one brightness: half the chroma's resolution makes them one colour.
    let square = ImageShape(channels: 3, height: 16, width: 16)
    let stripes = (0..<square.bytes).map { index -> UInt8 in
      let level: [UInt8] = index % 2 == 0 ? [168, 108, 128] : [88, 140, 128]
      return level[index / 256]
    }
    #expect(try distance(100, stripes, square) > 15)
    let grey = ImageShape(channels: 1, height: 16, width: 16)
    #expect(try distance(100, (0..<256).map { $0 % 2 == 0 ? 168 : 88 }, grey) < 2)
  }

  @Test func readsWhatItWrites() throws {
    for transform in ImageTransform.usual { #expect(ImageTransform(transform.description) == transform) }
    #expect(ImageTransform("blur:1")?.description == "blur:1")
  }

  @Test(arguments: [
    "", "blur", "blur:", "blur:0", "blur:-1", "blur:x", "blur:nan", "bits:9", "bits:2.5", "jpeg:0", "jpeg:101",
    "jpeg:75.5", "crop:1.1", "resize:0",
    "noise:256", "sharpen:2", "blur:1:2",
  ])
  func refusesWhatItDoesNotKnow(text: String) {
    #expect(ImageTransform(text) == nil)
  }
}
