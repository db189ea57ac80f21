import Datasets
import Foundations
import NeuralNet

/// Samples that are being changed, and by how much so far.
struct PoisonState {
  /// Indices in the archive, ascending.
  let samples: [Int]
  let labels: [Int]
  let shape: ImageShape
  /// (N, C, H, W), 0 … 255.
  let originals: [Float]
  /// δ in 1/255, fractions among them; what is written is rounded.
  var changes: [Float]

  var count: Int { samples.count }

  /// - Parameters:
  ///   - cache: which has all of them.
  ///   - positions: in the cache, ascending.
  init(_ cache: SampleCache, at positions: [Int]) {
    samples = positions.map { cache.indices[$0] }
    labels = positions.map { Int(cache.labels[$0]) }
    shape = cache.shape
    originals = positions.flatMap { cache.pixels(of: $0).map(Float.init) }
    changes = [Float](repeating: 0, count: originals.count)
  }

  /// Images by themselves, 0 … 255; their indices are their places.
  init(images: [Float], labels: [Int], shape: ImageShape) {
    (samples, self.labels, self.shape, originals) = (Array(labels.indices), labels, shape, images)
    changes = [Float](repeating: 0, count: images.count)
  }

  /// Values of samples, behind each other.
  func range(_ samples: Range<Int>) -> Range<Int> {
    samples.lowerBound * shape.count..<samples.upperBound * shape.count
  }

  func images(_ samples: Range<Int>) -> [Float] { range(samples).map { originals[$0] + changes[$0] } }

  /// As they are written, still as numbers.
  func written(_ samples: Range<Int>) -> [Float] { range(samples).map { originals[$0] + Self.rounded(changes[$0]) } }

  func targets(_ samples: Range<Int>, classes: Int) -> [Float] {
    LossGradients.targets(labels: Array(labels[samples]), classes: classes)
  }

  /// Whole steps of 1/255, (N, C, H, W).
  var tensor: Tensor {
    Tensor(shape: [count, shape.channels, shape.height, shape.width], values: changes.map(Self.rounded))
  }

  private static func rounded(_ change: Float) -> Float { change.rounded(.toNearestOrEven) }
}
