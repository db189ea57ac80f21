/// The generator's head: an image moved by at most ε per value and, on demand, rounded to 8 bits without leaving ε.
@usableFromInline
enum Perturbation<V: Lanes> {
  /// Slack, in units of 1/255, of the comparison with ε: four roundings of values up to 255 stay below 255·2⁻²¹.
  @inlinable @inline(__always)
  static var slack: Float { 255.0 / 2_097_152 }

  @inlinable
  static func forward(
    _ image: Activation, _ perturbation: Activation, _ epsilon: Float, _ round8: Bool, _ output: Activation,
    _ units: Range<Int>
  ) {
    precondition(image.hasShape(of: perturbation) && image.hasShape(of: output))
    let budget = V(repeating: epsilon)
    let reach = V(repeating: 255 * epsilon + slack)
    let end = image.width &* V.scalarCount
    image.eachRow(V.scalarCount, units) { n, block, y in
      let source = image.row(n, block, y)
      let moves = perturbation.row(n, block, y)
      let target = output.row(n, block, y)
      var x = 0
      while x < end {
        let original = V.load(source + x)
        let moved = V.clamp(V.multiplyAdd(original, V.load(moves + x), budget), .zero, V(repeating: 1))
        (round8 ? rounded(moved, original, reach) : moved).store(target + x)
        x &+= V.scalarCount
      }
    }
  }

  /// The k/255 nearest to `moved` among those in [0, 1] that differ from the original by `reach`/255 at most.
  @inlinable @inline(__always)
  static func rounded(_ moved: V, _ original: V, _ reach: V) -> V {
    let levels = V(repeating: 255)
    let centre = original * levels
    let level = V.clamp(nearest(moved * levels), up(centre - reach), down(centre + reach))
    return V.clamp(level, .zero, levels) / levels
  }

  @inlinable
  static func gradient(
    _ image: Activation, _ perturbation: Activation, _ epsilon: Float, _ outputGradient: Activation,
    _ accumulate: Bool, _ perturbationGradient: Activation, _ units: Range<Int>
  ) {
    precondition(image.hasShape(of: perturbation) && image.hasShape(of: outputGradient))
    precondition(image.hasShape(of: perturbationGradient))
    let budget = V(repeating: epsilon)
    let one = V(repeating: 1)
    let end = image.width &* V.scalarCount
    image.eachRow(V.scalarCount, units) { n, block, y in
      let source = image.row(n, block, y)
      let moves = perturbation.row(n, block, y)
      let gradient = outputGradient.row(n, block, y)
      let target = perturbationGradient.row(n, block, y)
      var x = 0
      while x < end {
        let value = V.multiplyAdd(V.load(source + x), V.load(moves + x), budget)
        var result = V.load(gradient + x) * budget
        result = V.select(.zero, result, whereLess: value, than: .zero)
        result = V.select(.zero, result, whereLess: one, than: value)
        if accumulate { result = V.load(target + x) + result }
        result.store(target + x)
        x &+= V.scalarCount
      }
    }
  }

  /// The nearest whole number, ties to even, for |x| < 2²².
  @inlinable @inline(__always)
  static func nearest(_ x: V) -> V {
    let bias = V(repeating: HyperbolicTangent<V>.rounding)
    return (x + bias) - bias
  }

  /// The least whole number that is not less than x.
  @inlinable @inline(__always)
  static func up(_ x: V) -> V {
    let whole = nearest(x)
    return V.select(whole + V(repeating: 1), whole, whereLess: whole, than: x)
  }

  /// The greatest whole number that is not more than x.
  @inlinable @inline(__always)
  static func down(_ x: V) -> V {
    let whole = nearest(x)
    return V.select(whole - V(repeating: 1), whole, whereLess: x, than: whole)
  }
}
