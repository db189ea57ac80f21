import Datasets
import Foundations
import NeuralNet

/// Draws the samples and carriers of training steps: each step's are a function of the seed and the step's number alone, so
/// a restored training goes on exactly, and of no key.
struct CarrierBatches {
  struct Batch {
    /// (N, C, H, W).
    var images: [UInt8]
    /// In the same layout: 255 for +1, 0 for −1.
    var carriers: [UInt8]
    /// The carriers' entries in the book.
    var entries: [Int]
  }

  let samples: SampleCache
  /// Of what is learned from: the samples' own, or that of a part of them, cut out by lot.
  let shape: ImageShape
  let book: CarrierBook
  let size: Int
  let seed: UInt64
  /// Of the training: two with the same seed draw different batches.
  let stream: String

  func batch(ofStep step: Int) -> Batch {
    var stream = RandomStream(seed: seed, stream: "\(stream) \(step)")
    var batch = Batch(images: [], carriers: [], entries: [])
    batch.images.reserveCapacity(size * shape.count)
    batch.carriers.reserveCapacity(size * shape.count)
    for _ in 0..<size {
      batch.images += part(of: samples.pixels(of: stream.below(samples.count)), &stream)
      let entry = stream.below(book.count)
      batch.entries.append(entry)
      book[entry].append(lot: stream.next(), shape: shape, to: &batch.carriers)
    }
    return batch
  }

  private func part(of image: ArraySlice<UInt8>, _ stream: inout RandomStream) -> ArraySlice<UInt8> {
    let whole = samples.shape
    guard shape != whole else { return image }
    let top = stream.below(whole.height - shape.height + 1)
    let left = stream.below(whole.width - shape.width + 1)
    var part: [UInt8] = []
    part.reserveCapacity(shape.count)
    for channel in 0..<whole.channels {
      for row in top..<top + shape.height {
        let start = image.startIndex + (channel * whole.height + row) * whole.width + left
        part += image[start..<start + shape.width]
      }
    }
    return part[...]
  }

  /// The parts of images that carriers are learned on: whole small ones. How strongly a pixel may carry a mark depends on
  /// what is near it, so larger parts cost memory and time and teach nothing else.
  static func part(of image: ImageShape) -> ImageShape {
    ImageShape(
      channels: image.channels, height: min(image.height, largestSide), width: min(image.width, largestSide))
  }

  /// A power of two, which a U-Net of any depth can halve.
  private static let largestSide = 64
}
