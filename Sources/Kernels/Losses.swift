/// Per-image distances between activations, and their gradients.
@usableFromInline
enum Losses<V: Lanes> {
  /// Added under the root of a feature vector's length, so that the gradient at zero features is a number.
  @inlinable @inline(__always)
  static var lengthFloor: Float { 1e-10 }

  @inlinable
  static func featureDistance(
    _ a: Activation, _ b: Activation, _ distances: UnsafeMutablePointer<Float>, _ units: Range<Int>
  ) {
    precondition(a.hasShape(of: b))
    for image in units {
      var total: Float = 0
      for y in 0..<a.height {
        var row: Float = 0
        for x in 0..<a.width {
          row += FeaturePair<V>(a, b, image, y, x, lengthFloor).distance()
        }
        total += row
      }
      distances[image] = total / Float(a.height &* a.width)
    }
  }

  /// With â = a/s, s = √(Σa² + floor) and d = â − b̂: ∂|d|²/∂a = (2/s)·(d − â·⟨d, â⟩).
  @inlinable
  static func featureDistanceGradient(
    _ a: Activation, _ b: Activation, _ scale: Float, _ accumulate: Bool, _ aGradient: Activation, _ units: Range<Int>
  ) {
    precondition(a.hasShape(of: b) && a.hasShape(of: aGradient))
    let share = scale / Float(a.height &* a.width)
    for image in units {
      for y in 0..<a.height {
        let target = aGradient.row(image, 0, y)
        for x in 0..<a.width {
          let pair = FeaturePair<V>(a, b, image, y, x, lengthFloor)
          let along = V(repeating: pair.alignment())
          let factor = V(repeating: 2 * share * pair.aInverse)
          for block in 0..<pair.blocks {
            let unit = pair.unitA(block)
            let own = target + x &* V.scalarCount + block &* aGradient.blockStride
            var result = (pair.difference(block) - unit * along) * factor
            if accumulate { result = V.load(own) + result }
            result.store(own)
          }
        }
      }
    }
  }

  @inlinable
  static func squaredError(
    _ a: Activation, _ b: Activation, _ errors: UnsafeMutablePointer<Float>, _ units: Range<Int>
  ) {
    precondition(a.hasShape(of: b))
    let end = a.width &* V.scalarCount
    for image in units {
      var total: Float = 0
      a.eachRow(V.scalarCount, image..<(image &+ 1)) { n, block, y in
        let left = a.row(n, block, y)
        let right = b.row(n, block, y)
        var sum = V.zero
        var x = 0
        while x < end {
          let difference = V.load(left + x) - V.load(right + x)
          sum = V.multiplyAdd(sum, difference, difference)
          x &+= V.scalarCount
        }
        total += sum.total()
      }
      errors[image] = total / Float(a.channels &* a.height &* a.width)
    }
  }

  @inlinable
  static func squaredErrorGradient(
    _ a: Activation, _ b: Activation, _ scale: Float, _ accumulate: Bool, _ aGradient: Activation, _ units: Range<Int>
  ) {
    let factor = V(repeating: 2 * scale / Float(a.channels &* a.height &* a.width))
    Elementwise<V>.map(a, b, aGradient, accumulate, units) { ($0 - $1) * factor }
  }
}

/// The features of one pixel in two activations, divided by their lengths.
@usableFromInline
struct FeaturePair<V: Lanes> {
  @usableFromInline var blocks: Int
  @usableFromInline var a: UnsafePointer<Float>
  @usableFromInline var b: UnsafePointer<Float>
  @usableFromInline var aStride: Int
  @usableFromInline var bStride: Int
  @usableFromInline var aInverse: Float
  @usableFromInline var bInverse: Float

  @inlinable @inline(__always)
  init(_ first: Activation, _ second: Activation, _ image: Int, _ y: Int, _ x: Int, _ floor: Float) {
    blocks = first.blocks(V.scalarCount)
    a = UnsafePointer(first.row(image, 0, y)) + x &* V.scalarCount
    b = UnsafePointer(second.row(image, 0, y)) + x &* V.scalarCount
    aStride = first.blockStride
    bStride = second.blockStride
    var aSquares = V.zero
    var bSquares = V.zero
    var block = 0
    while block < blocks {
      let left = V.load(a + block &* aStride)
      let right = V.load(b + block &* bStride)
      aSquares = V.multiplyAdd(aSquares, left, left)
      bSquares = V.multiplyAdd(bSquares, right, right)
      block &+= 1
    }
    aInverse = 1 / (aSquares.total() + floor).squareRoot()
    bInverse = 1 / (bSquares.total() + floor).squareRoot()
  }

  @inlinable @inline(__always)
  func unitA(_ block: Int) -> V {
    V.load(a + block &* aStride) * V(repeating: aInverse)
  }

  /// â − b̂
  @inlinable @inline(__always)
  func difference(_ block: Int) -> V {
    unitA(block) - V.load(b + block &* bStride) * V(repeating: bInverse)
  }

  /// |â − b̂|²
  @inlinable @inline(__always)
  func distance() -> Float {
    var sum = V.zero
    var block = 0
    while block < blocks {
      let d = difference(block)
      sum = V.multiplyAdd(sum, d, d)
      block &+= 1
    }
    return sum.total()
  }

  /// ⟨â − b̂, â⟩
  @inlinable @inline(__always)
  func alignment() -> Float {
    var sum = V.zero
    var block = 0
    while block < blocks {
      sum = V.multiplyAdd(sum, difference(block), unitA(block))
      block &+= 1
    }
    return sum.total()
  }
}
