package import Datasets
import Foundations
import NeuralNet

/// The batches of a training on cached samples: which samples a step sees, and how they are augmented, are functions of
/// the seed and the step's number alone.
package struct TrainingBatches {
  package let samples: SampleCache
  package let size: Int
  /// The samples left over at the end of an epoch take part in the next one's order.
  package let stepsPerEpoch: Int
  private let augments: Bool
  private let seed: UInt64
  private var epoch = -1
  private var order: [Int] = []

  /// - Parameters:
  ///   - size: images a step, at most; there are samples.
  ///   - augments: random crops with padding 4 and, for colour images, horizontal flips.
  package init(_ samples: SampleCache, size: Int, augments: Bool, seed: UInt64) {
    precondition(samples.count > 0 && size > 0, "a batch has images")
    self.samples = samples
    self.size = min(size, samples.count)
    self.augments = augments
    self.seed = seed
    stepsPerEpoch = samples.count / self.size
  }

  /// Positions in the cache, and the images (size, C, H, W).
  package mutating func batch(ofStep step: Int) -> (positions: [Int], images: [UInt8]) {
    if step / stepsPerEpoch != epoch {
      epoch = step / stepsPerEpoch
      var stream = RandomStream(seed: seed, stream: "epoch \(epoch)")
      order = stream.permutation(samples.count)
    }
    let first = step % stepsPerEpoch * size
    let positions = Array(order[first..<first + size])
    var images: [UInt8] = []
    images.reserveCapacity(size * samples.shape.bytes)
    for position in positions { images += samples.pixels(of: position) }
    guard augments else { return (positions, images) }
    var stream = RandomStream(seed: seed, stream: "augmentation \(step)")
    var augmented = [UInt8](repeating: 0, count: images.count)
    var output = augmented.mutableSpan
    Augmentation.flipAndCrop(
      images.span, shape: samples.shape, padding: 4, flip: samples.shape.channels == 3,
      using: &stream, into: &output)
    return (positions, augmented)
  }
}
