import Datasets
import Foundation
import Foundations
import Testing

@testable import Watermarks

/// SSIM against scikit-image's (structural_similarity_golden.py), and where that has no answer against its definition.
@Suite struct StructuralSimilarityTests {
  private func drawn(_ shape: ImageShape) -> [UInt8] {
    var pixels: [UInt8] = []
    for k in 0..<shape.channels {
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let cell = (x / 4 + y / 5) % 2 * 60
          pixels.append(UInt8((37 * x + 59 * y + 101 * k + 65 + (x * y * (k + 1)) % 97 + cell) % 256))
        }
      }
    }
    return pixels
  }

  private func changed(_ image: [UInt8], _ shape: ImageShape, by amount: Int) -> [UInt8] {
    image.indices.map { place in
      let (k, y, x) = (
        place / (shape.height * shape.width), place / shape.width % shape.height, place % shape.width
      )
      let sign = (3 * x + 5 * y + 7 * k + 2) % 11
      return UInt8(max(0, min(255, Int(image[place]) + (sign < 4 ? amount : sign < 8 ? -amount : 0))))
    }
  }

  @Test(
    arguments: [
      (3, 32, 32, 8, 0.9956079199738762), (1, 28, 28, 64, 0.7789631505930449), (3, 17, 40, 3, 0.999365825699306),
      (1, 11, 11, 20, 0.9712038831728566), (3, 64, 64, 1, 0.9999305630005145),
    ]) func agreesWithScikitImage(channels: Int, height: Int, width: Int, amount: Int, expected: Double)
  {
    let shape = ImageShape(channels: channels, height: height, width: width)
    let image = drawn(shape)
    let other = changed(image, shape, by: amount)
    var similarity = StructuralSimilarity(shape)
    let value = similarity(image.span, other.span)
    #expect(abs(value - expected) < 1e-12 * abs(expected))
    // The other way round, and a second time: nothing is left of the first.
    let again = similarity(other.span, image.span)
    #expect(again == value)
  }

  @Test func equalImagesAreAlikeWhollyAndOppositeOnesAreNot() {
    let shape = ImageShape(channels: 3, height: 20, width: 24)
    let image = drawn(shape)
    var similarity = StructuralSimilarity(shape)
    let equal = similarity(image.span, image.span)
    let opposite = similarity(image.span, image.map { 255 - $0 }.span)
    #expect(equal == 1)
    #expect(opposite < 0)
  }

  /// The definition, a window at a time: means, variances and covariance about the means.
  private func direct(_ a: [UInt8], _ b: [UInt8], _ shape: ImageShape) -> Double {
    let (c1, c2) = (6.5025, 58.5225)
    func side(_ length: Int) -> Int { min(11, length % 2 == 0 ? length - 1 : length) }
    let (high, wide) = (side(shape.height), side(shape.width))
    func bell(_ offset: Int, of size: Int) -> Double { exp(-pow(Double(offset - size / 2), 2) / (2 * 1.5 * 1.5)) }
    var (sum, places) = (0.0, 0.0)
    for k in 0..<shape.channels {
      for top in 0...shape.height - high {
        for left in 0...shape.width - wide {
          var pairs: [(weight: Double, a: Double, b: Double)] = []
          for y in 0..<high {
            for x in 0..<wide {
              let place = (k * shape.height + top + y) * shape.width + left + x
              pairs.append((bell(y, of: high) * bell(x, of: wide), Double(a[place]), Double(b[place])))
            }
          }
          let total = pairs.reduce(0) { $0 + $1.weight }
          func mean(_ value: ((weight: Double, a: Double, b: Double)) -> Double) -> Double {
            pairs.reduce(0) { $0 + $1.weight * value($1) } / total
          }
          let (ma, mb) = (mean(\.a), mean(\.b))
          let (va, vb) = (mean { ($0.a - ma) * ($0.a - ma) }, mean { ($0.b - mb) * ($0.b - mb) })
          let covariance = mean { ($0.a - ma) * ($0.b - mb) }
          sum += (2 * ma * mb + c1) * (2 * covariance + c2) / ((ma * ma + mb * mb + c1) * (va + vb + c2))
          places += 1
        }
      }
    }
    return sum / places
  }

  @Test(arguments: [(8, 8), (10, 30), (30, 3), (1, 1), (2, 12), (13, 12)])
  func smallImagesHaveTheLargestWindowThatFits(height: Int, width: Int) {
    let shape = ImageShape(channels: 2, height: height, width: width)
    let image = drawn(shape)
    let other = changed(image, shape, by: 30)
    var similarity = StructuralSimilarity(shape)
    let value = similarity(image.span, other.span)
    #expect(abs(value - direct(image, other, shape)) < 1e-9)
  }

  @Test func qualityIsTheMeanOverImages() {
    let shape = ImageShape(channels: 1, height: 16, width: 16)
    let image = drawn(shape)
    let others = [4, 40].map { changed(image, shape, by: $0) }
    var similarity = StructuralSimilarity(shape)
    let single = others.map { similarity(image.span, $0.span) }
    var quality = ImageQuality(shape)
    #expect(quality.meanSSIM == 0)
    quality.add(originals: image + image, marked: others[0] + others[1], images: 2)
    #expect(abs(quality.meanSSIM - (single[0] + single[1]) / 2) < 1e-15)
    #expect(quality.images == 2 && quality.largestChange == 40)
  }
}
