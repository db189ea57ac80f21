package import Foundations

/// A handle on one activation of a graph: (N, C, H, W), N being the graph's batch.
package struct Value: Hashable, Sendable {
  let index: Int
  /// C, H and W.
  package let shape: ImageShape

  package var channels: Int { shape.channels }
  package var height: Int { shape.height }
  package var width: Int { shape.width }
}

/// A handle on one scalar loss of a graph.
package struct Loss: Hashable, Sendable {
  let index: Int
  package let name: String
}

/// What applying a network to a value gives.
package struct NetworkOutput: Sendable {
  /// Logits (N, K, 1, 1) of a classifier, (N, C, H, W) of a U-Net.
  package var output: Value
  /// Outputs of the stages, shallow to deep: what a feature distance compares.
  package var taps: [Value]
  /// What the last linear layer reads, (N, d, 1, 1); nil for networks without one.
  package var features: Value?

  package init(output: Value, taps: [Value] = [], features: Value? = nil) {
    self.output = output
    self.taps = taps
    self.features = features
  }
}

/// A handle on one network of a graph.
package struct NetworkHandle: Hashable, Sendable {
  let index: Int
  package let name: String
}

/// A network's layers and how a value passes through them; it holds sizes and names, never tensors.
package protocol NetworkArchitecture: Sendable {
  /// Records the forward pass on `x` of the network's input shape.
  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput
}
