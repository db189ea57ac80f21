import Kernels
import NeuralNet

/// How strongly each value of an image may carry a mark: x → round8((tanh U(x) + 1)/2) on bytes, 255 for all of ε.
/// - Source: METHODS §7.
package final class PainterPlan {
  private let engine: InferenceEngine

  /// - Parameters:
  ///   - model: A "unet".
  ///   - batch: Images of a usual call; any number works.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package init(_ model: Model, batch: Int, threads: Int) throws {
    var graph = Graph(batch: Graph.slice(of: batch, threads: threads))
    let images = graph.images("images", shape: model.definition.input)
    let painter = try graph.use(model, named: "painter", frozen: true)
    let change = graph.apply(painter, to: images).output
    guard change.shape == images.shape else {
      throw NeuralNetError.invalidDefinition(
        architecture: model.definition.architecture, reason: "a painter gives one value for each it reads")
    }
    let strength = graph.strength(change)
    engine = try InferenceEngine(graph, output: .bytes(strength), threads: threads, table: Processor.kernels)
  }

  /// The strengths of `count` images, both (count, C, H, W).
  package func strengths(_ images: [UInt8], count: Int) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: images.count)
    output.withUnsafeMutableBufferPointer { engine.run(images.span, count: count, bytes: $0.baseAddress) }
    return output
  }
}
