/// Sums over all pixels of a channel block. Each row is summed first, then the rows, so that rounding errors stay
/// small.
@usableFromInline
enum ChannelSums<V: Lanes> {
  @inlinable
  static func run(_ gradient: Activation, _ sums: UnsafeMutablePointer<Float>, _ units: Range<Int>) {
    for block in units {
      let sum = ofBlock(gradient, block) { V.load($0) }
      sum.store(sums + block &* V.scalarCount, count: gradient.channels(inBlock: block, V.scalarCount))
    }
  }

  /// Sum of `term` over the pixels of a block; `term` gets a pixel's address.
  @inlinable @inline(__always)
  static func ofBlock(_ activation: Activation, _ block: Int, _ term: (UnsafePointer<Float>) -> V) -> V {
    var total = V.zero
    for image in 0..<activation.images {
      var plane = V.zero
      for y in 0..<activation.height {
        plane = plane + ofRow(UnsafePointer(activation.row(image, block, y)), activation.width, term)
      }
      total = total + plane
    }
    return total
  }

  /// Four sums side by side hide the latency of an addition.
  @inlinable @inline(__always)
  static func ofRow(_ row: UnsafePointer<Float>, _ width: Int, _ term: (UnsafePointer<Float>) -> V) -> V {
    let lanes = V.scalarCount
    var a = V.zero
    var b = V.zero
    var c = V.zero
    var d = V.zero
    var x = 0
    while x &+ 4 <= width {
      a = a + term(row + x &* lanes)
      b = b + term(row + (x &+ 1) &* lanes)
      c = c + term(row + (x &+ 2) &* lanes)
      d = d + term(row + (x &+ 3) &* lanes)
      x &+= 4
    }
    while x < width {
      a = a + term(row + x &* lanes)
      x &+= 1
    }
    return (a + b) + (c + d)
  }
}
