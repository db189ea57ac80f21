/// A network's layers and how a value passes through them; it holds sizes and names, never tensors.
protocol NetworkArchitecture: Sendable {
  /// Records the forward pass on `x` of the network's input shape.
  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput
}
