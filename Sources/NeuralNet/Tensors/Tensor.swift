/// A named parameter's or statistic's content: row-major Float32 in PyTorch's layout.
package struct Tensor: Hashable, Sendable {
  /// Extents, outermost first; empty for a scalar.
  package var shape: [Int]
  /// Exactly as many values as the shape has elements.
  package var values: [Float]

  package init(shape: [Int], values: [Float]) {
    precondition(values.count == Tensor.count(of: shape), "a tensor's values must fill its shape")
    self.shape = shape
    self.values = values
  }

  /// A tensor of one value throughout.
  package init(shape: [Int], repeating value: Float) {
    self.init(shape: shape, values: Array(repeating: value, count: Tensor.count(of: shape)))
  }

  /// Elements of a shape.
  package static func count(of shape: [Int]) -> Int { shape.reduce(1, *) }

  /// Flat index of the first NaN or infinity, if any.
  package var firstNotFinite: Int? { values.firstIndex { !$0.isFinite } }
}
