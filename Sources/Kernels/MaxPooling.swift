/// Max pooling. Padding counts as −∞: windows are cut to the plane, and the halo is never read.
@usableFromInline
enum MaxPooling<V: Lanes> {
  /// The part of a window inside 0..<extent.
  @inlinable @inline(__always)
  static func window(_ position: Int, _ size: Int, _ stride: Int, _ padding: Int, _ extent: Int) -> Range<Int> {
    let first = position &* stride &- padding
    let low = max(0, first)
    return Range(uncheckedBounds: (low, max(low, min(extent, first &+ size))))
  }

  @inlinable
  static func forward(
    _ input: Activation, _ size: Int, _ stride: Int, _ padding: Int, _ output: Activation, _ units: Range<Int>
  ) {
    check(input, size, stride, padding, output)
    let lanes = V.scalarCount
    output.eachRow(lanes, units) { image, block, y in
      let rows = window(y, size, stride, padding, input.height)
      let plane = UnsafePointer(input.row(image, block, 0))
      let target = output.row(image, block, y)
      var x = 0
      while x < output.width {
        let columns = window(x, size, stride, padding, input.width)
        greatest(plane, input.rowStride, rows, columns).store(target + x &* lanes)
        x &+= 1
      }
    }
  }

  @inlinable
  static func gradient(
    _ input: Activation, _ size: Int, _ stride: Int, _ padding: Int, _ outputGradient: Activation,
    _ accumulate: Bool, _ inputGradient: Activation, _ units: Range<Int>
  ) {
    check(input, size, stride, padding, outputGradient)
    precondition(inputGradient.hasShape(of: input))
    let lanes = V.scalarCount
    if !accumulate { Layout<V>.clear(inputGradient, units) }
    // Row by row of one plane, so that the sums of overlapping windows come in one order.
    outputGradient.eachRow(lanes, units) { image, block, y in
      let rows = window(y, size, stride, padding, input.height)
      let plane = UnsafePointer(input.row(image, block, 0))
      let target = inputGradient.row(image, block, 0)
      let gradient = outputGradient.row(image, block, y)
      var x = 0
      while x < outputGradient.width {
        let columns = window(x, size, stride, padding, input.width)
        let most = greatest(plane, input.rowStride, rows, columns)
        // What is left to give; the first pixel that holds the maximum takes all of it.
        var left = V.load(gradient + x &* lanes)
        for row in rows {
          for column in columns {
            let value = V.load(plane + row &* input.rowStride + column &* lanes)
            let own = target + row &* inputGradient.rowStride + column &* lanes
            (V.load(own) + V.select(left, .zero, whereEqual: value, to: most)).store(own)
            left = V.select(.zero, left, whereEqual: value, to: most)
          }
        }
        x &+= 1
      }
    }
  }

  @inlinable @inline(__always)
  static func greatest(
    _ plane: UnsafePointer<Float>, _ rowStride: Int, _ rows: Range<Int>, _ columns: Range<Int>
  ) -> V {
    var most = V(repeating: -Float.infinity)
    for row in rows {
      for column in columns {
        most = V.greater(V.load(plane + row &* rowStride + column &* V.scalarCount), most)
      }
    }
    return most
  }

  @inlinable @inline(__always)
  static func check(_ input: Activation, _ size: Int, _ stride: Int, _ padding: Int, _ output: Activation) {
    precondition(input.images == output.images && input.channels == output.channels && 2 &* padding <= size)
    precondition(isExtent(output.height, of: input.height, size, stride, padding))
    precondition(isExtent(output.width, of: input.width, size, stride, padding))
  }

  /// Whether so many windows fit: rounded down, or up with the last one cut, which then starts before the end of the
  /// plane.
  @inlinable @inline(__always)
  static func isExtent(_ windows: Int, of extent: Int, _ size: Int, _ stride: Int, _ padding: Int) -> Bool {
    let rest = extent &+ 2 &* padding &- size
    let whole = rest / stride &+ 1
    return windows == whole
      || (windows == whole &+ 1 && rest % stride != 0 && whole &* stride < extent &+ padding)
  }
}
