package import Foundations
import Kernels
import NeuralNet

/// A perceptual distance compiled for measuring: two batches of bytes in, one distance per pair out.
package final class PerceptualPlan {
  private let plan: TrainingPlan
  private let batch: Int
  private let imageCount: Int
  private var left: [UInt8]
  private var right: [UInt8]
  private static let loss = "distance"

  /// LPIPS.
  /// - Parameters:
  ///   - shape: Of the images, 1 or 3 channels and any size.
  ///   - batch: Pairs in one pass; any number of pairs works.
  /// - Throws: `NeuralNetError.invalidDefinition` for images that are neither grey nor RGB.
  package convenience init(_ metric: LPIPS, shape: ImageShape, batch: Int, threads: Int) throws {
    try self.init(metric, shape: shape, batch: batch, threads: threads, table: Processor.kernels)
  }

  convenience init(_ metric: LPIPS, shape: ImageShape, batch: Int, threads: Int, table: KernelTable) throws {
    try self.init(shape: shape, batch: batch, threads: threads, table: table) { graph, left, right in
      _ = try graph.lpips(metric, left, right, name: Self.loss)
    }
  }

  /// The distance between the channel-normalised features of a classifier, as generators are trained with.
  /// - Parameter batch: Pairs in one pass; any number of pairs works.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package convenience init(features classifier: Model, batch: Int, threads: Int) throws {
    let shape = classifier.definition.input
    try self.init(shape: shape, batch: batch, threads: threads, table: Processor.kernels) { graph, left, right in
      let f = try graph.use(classifier, named: "classifier", frozen: true)
      let (first, second) = (graph.apply(f, to: left), graph.apply(f, to: right))
      _ = graph.featureDistance(first.taps, second.taps, name: Self.loss)
    }
  }

  private init(
    shape: ImageShape, batch: Int, threads: Int, table: KernelTable,
    distance: (inout Graph, Value, Value) throws -> Void
  ) throws {
    var graph = Graph(batch: batch)
    let images = (graph.images("left", shape: shape), graph.images("right", shape: shape))
    try distance(&graph, images.0, images.1)
    // Nothing is minimised, so nothing but the forward pass is compiled.
    plan = TrainingPlan(
      graph, minimising: [], optimiser: .sgd(), schedule: .constant(rate: 0), threads: threads, table: table)
    self.batch = batch
    imageCount = shape.count
    left = [UInt8](repeating: 0, count: batch * imageCount)
    right = left
  }

  /// Distances of `count` pairs of images, (count, C, H, W) each.
  package func distances(_ left: Span<UInt8>, _ right: Span<UInt8>, count: Int) -> [Double] {
    precondition(
      left.count == count * imageCount && right.count == left.count, "\(count) images take \(count * imageCount) bytes")
    var distances: [Double] = []
    distances.reserveCapacity(count)
    for first in stride(from: 0, to: count, by: batch) {
      let present = min(batch, count - first)
      // What is left of an earlier batch behind the last pairs is computed and not read.
      for index in 0..<present * imageCount {
        self.left[index] = left[first * imageCount + index]
        self.right[index] = right[first * imageCount + index]
      }
      let (a, b) = (self.left, self.right)
      plan.setImages("left", a.span)
      plan.setImages("right", b.span)
      plan.computeGradients()
      distances += plan.distances(Self.loss).prefix(present)
    }
    return distances
  }

  /// Memory of all activations, in bytes.
  package var arenaBytes: Int { plan.arenaBytes }
}
