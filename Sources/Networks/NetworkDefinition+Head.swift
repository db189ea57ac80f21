import NeuralNet

extension NetworkDefinition {
  /// Name of the last linear layer's weight, (K, d), which reads the penultimate features; nil for networks that do not
  /// end in one.
  ///
  /// The definition must be valid.
  package var headWeight: String? {
    var graph = Graph(batch: 1)
    let handle = graph.use(network, input: input, tensors: [:], named: "", frozen: false)
    let result = graph.apply(handle, to: graph.images("images", shape: input))
    return graph.headWeight(of: result)
  }
}
