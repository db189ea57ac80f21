import Foundations

@testable import NeuralNet

/// Tensors for layers under test, with batch-norm terms away from their defaults, where mistakes would hide.
func sampleTensors(_ architecture: some NetworkArchitecture, input: ImageShape, seed: UInt64) -> [String: Tensor] {
  var tensors: [String: Tensor] = [:]
  for declaration in Graph.declarations(of: architecture, input: input) {
    var stream = RandomStream(seed: seed, stream: declaration.name)
    var tensor = declaration.initialization.tensor(shape: declaration.shape, using: &stream)
    if case .constant(let value) = declaration.initialization {
      tensor.values = tensor.values.map { _ in
        // Variances stay positive.
        value + stream.uniform(in: declaration.role == .statistic && value > 0 ? -0.3..<0.8 : -0.4..<0.4)
      }
    }
    tensors[declaration.name] = tensor
  }
  return tensors
}

func sampleBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var stream = RandomStream(seed: seed, stream: "bytes")
  return (0..<count).map { _ in UInt8(truncatingIfNeeded: stream.next() >> 32) }
}

/// A network made of one closure, for layers under test.
struct ClosureNetwork: NetworkArchitecture {
  var layers: @Sendable (Value, inout Graph) -> Value

  init(_ layers: @escaping @Sendable (Value, inout Graph) -> Value) { self.layers = layers }

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    NetworkOutput(output: layers(x, &graph))
  }
}
