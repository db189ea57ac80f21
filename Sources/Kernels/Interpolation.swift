/// Bilinear interpolation between planes of any two sizes; pixels are areas whose corners coincide (PyTorch's
/// `align_corners=False`).
@usableFromInline
enum Interpolation<V: Lanes> {
  @inlinable
  static func forward(_ input: Activation, _ output: Activation, _ units: Range<Int>) {
    precondition(input.images == output.images && input.channels == output.channels)
    let lanes = V.scalarCount
    output.eachRow(lanes, units) { image, block, y in
      let vertical = InterpolationPoint(y, output.height, input.height)
      let upper = input.row(image, block, vertical.first)
      let lower = input.row(image, block, vertical.second)
      let target = output.row(image, block, y)
      let down = V(repeating: vertical.share)
      let up = V(repeating: 1 - vertical.share)
      var x = 0
      while x < output.width {
        let point = InterpolationPoint(x, output.width, input.width)
        let right = V(repeating: point.share)
        let left = V(repeating: 1 - point.share)
        let (first, second) = (point.first &* lanes, point.second &* lanes)
        let top = V.multiplyAdd(V.load(upper + first) * left, V.load(upper + second), right)
        let bottom = V.multiplyAdd(V.load(lower + first) * left, V.load(lower + second), right)
        V.multiplyAdd(top * up, bottom, down).store(target + x &* lanes)
        x &+= 1
      }
    }
  }

  /// Every output pixel gives its gradient to the four input pixels that it was made of, in row-major order.
  @inlinable
  static func gradient(
    _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation, _ units: Range<Int>
  ) {
    precondition(
      inputGradient.images == outputGradient.images && inputGradient.channels == outputGradient.channels)
    let lanes = V.scalarCount
    if !accumulate { Layout<V>.clear(inputGradient, units) }
    outputGradient.eachRow(lanes, units) { image, block, y in
      let vertical = InterpolationPoint(y, outputGradient.height, inputGradient.height)
      let upper = inputGradient.row(image, block, vertical.first)
      let lower = inputGradient.row(image, block, vertical.second)
      let source = outputGradient.row(image, block, y)
      var x = 0
      while x < outputGradient.width {
        let point = InterpolationPoint(x, outputGradient.width, inputGradient.width)
        let own = V.load(source + x &* lanes)
        let (first, second) = (point.first &* lanes, point.second &* lanes)
        add(own, (1 - vertical.share) * (1 - point.share), to: upper + first)
        add(own, (1 - vertical.share) * point.share, to: upper + second)
        add(own, vertical.share * (1 - point.share), to: lower + first)
        add(own, vertical.share * point.share, to: lower + second)
        x &+= 1
      }
    }
  }

  @inlinable @inline(__always)
  static func add(_ value: V, _ share: Float, to target: UnsafeMutablePointer<Float>) {
    V.multiplyAdd(V.load(target), value, V(repeating: share)).store(target)
  }
}

/// Between which two input positions an output position lies along one dimension; the same one twice at the borders.
@usableFromInline
struct InterpolationPoint {
  @usableFromInline var first: Int
  @usableFromInline var second: Int
  /// Weight of the second, in [0, 1).
  @usableFromInline var share: Float

  @inlinable @inline(__always)
  init(_ index: Int, _ count: Int, _ extent: Int) {
    let position = max(0, (Float(index) + 0.5) * (Float(extent) / Float(count)) - 0.5)
    first = min(Int(position), extent &- 1)
    second = min(first &+ 1, extent &- 1)
    share = position - Float(first)
  }
}
