import Foundations
import Testing

@testable import NeuralNet

@Suite struct AugmentationTests {
  private let shape = ImageShape(channels: 2, height: 6, width: 5)

  private func augmented(_ images: [UInt8], padding: Int, flip: Bool, seed: UInt64) -> [UInt8] {
    var stream = RandomStream(seed: seed)
    var output = [UInt8](repeating: 255, count: images.count)
    var span = output.mutableSpan
    Augmentation.flipAndCrop(
      images.span, shape: shape, padding: padding, flip: flip, using: &stream, into: &span)
    return output
  }

  @Test func changesNothingWithoutPaddingAndFlip() {
    let images = sampleBytes(3 * shape.count, seed: 1)
    #expect(augmented(images, padding: 0, flip: false, seed: 1) == images)
  }

  @Test func isAPureFunctionOfTheStream() {
    let images = sampleBytes(20 * shape.count, seed: 1)
    #expect(augmented(images, padding: 2, flip: true, seed: 4) == augmented(images, padding: 2, flip: true, seed: 4))
    #expect(augmented(images, padding: 2, flip: true, seed: 4) != augmented(images, padding: 2, flip: true, seed: 5))
  }

  @Test func givesEveryFlipAndShiftAndNothingElse() {
    // Every pixel has a value of its own, so an output names the one change that made it.
    let image = (0..<shape.count).map { UInt8($0 + 1) }
    var expected: [[UInt8]: Int] = [:]
    for flip in [false, true] {
      for down in -1...1 {
        for right in -1...1 {
          var output: [UInt8] = []
          for c in 0..<2 {
            for y in 0..<6 {
              for x in 0..<5 {
                let (row, column) = (y + down, (flip ? 4 - x : x) + right)
                let isInside = 0..<6 ~= row && 0..<5 ~= column
                output.append(isInside ? image[(c * 6 + row) * 5 + column] : 0)
              }
            }
          }
          expected[output] = 0
        }
      }
    }
    #expect(expected.count == 18)
    let count = 1800
    let all = augmented((0..<count).flatMap { _ in image }, padding: 1, flip: true, seed: 8)
    for first in stride(from: 0, to: all.count, by: shape.count) {
      expected[Array(all[first..<first + shape.count]), default: -10_000] += 1
    }
    // 100 each, with a deviation of √(1800/18·17/18) = 9.7.
    for seen in expected.values { #expect(abs(seen - 100) < 49) }
  }
}
