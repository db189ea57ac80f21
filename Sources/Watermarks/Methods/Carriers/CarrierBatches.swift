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
  let book: CarrierBook
  let size: Int
  let seed: UInt64
  /// Of the training: two with the same seed draw different batches.
  let stream: String

  func batch(ofStep step: Int) -> Batch {
    var stream = RandomStream(seed: seed, stream: "\(stream) \(step)")
    let shape = samples.shape
    var batch = Batch(images: [], carriers: [], entries: [])
    batch.images.reserveCapacity(size * shape.count)
    batch.carriers.reserveCapacity(size * shape.count)
    for _ in 0..<size {
      batch.images += samples.pixels(of: stream.below(samples.count))
      let entry = stream.below(book.count)
      batch.entries.append(entry)
      book[entry].append(lot: stream.next(), shape: shape, to: &batch.carriers)
    }
    return batch
  }
}
