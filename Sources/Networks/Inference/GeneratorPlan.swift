import Foundations
import Kernels
import NeuralNet

/// The marker: x → round8(clip(x + ε·tanh(U(x)), 0, 1)) on bytes, ‖G(x) − x‖∞ ≤ ε exactly.
///
/// - Source: SSCL-BW, section III-C.
package final class GeneratorPlan {
  let engine: InferenceEngine
  private let imageCount: Int

  /// - Parameters:
  ///   - model: A "unet".
  ///   - epsilon: ε in [0, 1], for example 8/255.
  ///   - batch: Images of a usual call; any number works.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package convenience init(_ model: Model, epsilon: Float, batch: Int, threads: Int) throws {
    try self.init(
      model, epsilon: epsilon, slice: Graph.slice(of: batch, threads: threads), threads: threads,
      table: Processor.kernels)
  }

  init(_ model: Model, epsilon: Float, slice: Int, threads: Int, table: KernelTable) throws {
    var graph = Graph(batch: slice)
    let images = graph.images("images", shape: model.definition.input)
    let generator = try graph.use(model, named: "generator", frozen: true)
    let change = graph.apply(generator, to: images).output
    guard change.shape == images.shape else {
      throw NeuralNetError.invalidDefinition(
        architecture: model.definition.architecture, reason: "a generator gives one value for each it reads")
    }
    let marked = graph.perturb(images, by: change, epsilon: epsilon)
    imageCount = model.definition.input.count
    engine = try InferenceEngine(graph, output: .bytes(marked), threads: threads, table: table)
  }

  /// Marks `count` images, (count, C, H, W).
  package func mark(_ images: Span<UInt8>, count: Int, into output: inout MutableSpan<UInt8>) {
    precondition(output.count == count * imageCount, "\(count) images take \(count * imageCount) bytes")
    output.withUnsafeMutableBufferPointer { engine.run(images, count: count, bytes: $0.baseAddress) }
  }

  /// Marks `count` images, (count, C, H, W).
  package func mark(_ images: [UInt8], count: Int) -> [UInt8] {
    var output = [UInt8](repeating: 0, count: images.count)
    var span = output.mutableSpan
    mark(images.span, count: count, into: &span)
    return output
  }

  /// Takes over the tensors of another model of the same definition.
  package func load(_ model: Model) { engine.load(model) }

  /// Memory of all activations, in bytes.
  package var arenaBytes: Int { engine.arenaBytes }
}
