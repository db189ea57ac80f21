import NeuralNet

/// Batch norm: `name.weight`, `name.bias`, `name.running_mean`, `name.running_var`, each (C).
struct BatchNormLayer {
  var name: String
  var channels: Int
  /// PyTorch's defaults.
  var epsilon: Float = 1e-5
  var momentum: Float = 0.1

  func callAsFunction(_ x: Value, in graph: inout Graph) -> Value {
    precondition(x.channels == channels, "a batch norm reads \(channels) channels")
    return graph.batchNorm(
      x,
      BatchNormParameters(
        scale: graph.parameter("\(name).weight", [channels], .constant(1)),
        shift: graph.parameter("\(name).bias", [channels], .constant(0)),
        mean: graph.parameter("\(name).running_mean", [channels], .constant(0), role: .statistic),
        variance: graph.parameter("\(name).running_var", [channels], .constant(1), role: .statistic),
        epsilon: epsilon, momentum: momentum))
  }
}
