/// Steps of gradient descent over flat arrays. The last, partial vector goes through the same arithmetic as the others.
@usableFromInline
enum Optimisers<V: Lanes> {
  @inlinable
  static func adam(
    _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ first: UnsafeMutablePointer<Float>,
    _ second: UnsafeMutablePointer<Float>, _ count: Int, _ rate: Float, _ beta1: Float, _ beta2: Float,
    _ epsilon: Float, _ weightDecay: Float, _ step: Int
  ) {
    precondition(step >= 1)
    // 1 − βᵗ in Double: for β₂ = 0.999 and t = 1 Float32 would keep four digits. β is Float32, as the caller gave it.
    let correction1 = 1 - power(Double(beta1), step)
    let correction2 = 1 - power(Double(beta2), step)
    let pace = V(repeating: Float(Double(rate) / correction1))
    let inverseRoot = V(repeating: Float(1 / correction2.squareRoot()))
    let decay = V(repeating: weightDecay)
    let floor = V(repeating: epsilon)
    let fresh1 = V(repeating: 1 - beta1)
    let kept2 = V(repeating: beta2)
    let fresh2 = V(repeating: 1 - beta2)
    var i = 0
    while i < count {
      let left = count &- i
      let w = V.load(weights + i, count: left)
      let g = V.multiplyAdd(V.load(gradient + i, count: left), decay, w)
      let oldFirst = V.load(first + i, count: left)
      let m = V.multiplyAdd(oldFirst, g - oldFirst, fresh1)
      let v = V.multiplyAdd(kept2 * V.load(second + i, count: left), fresh2 * g, g)
      let scale = V.multiplyAdd(floor, V.squareRoot(v), inverseRoot)
      m.store(first + i, count: left)
      v.store(second + i, count: left)
      (w - pace * m / scale).store(weights + i, count: left)
      i &+= V.scalarCount
    }
  }

  @inlinable
  static func sgd(
    _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ velocity: UnsafeMutablePointer<Float>,
    _ count: Int, _ rate: Float, _ momentum: Float, _ nesterov: Bool, _ weightDecay: Float
  ) {
    let pace = V(repeating: rate)
    let kept = V(repeating: momentum)
    let decay = V(repeating: weightDecay)
    var i = 0
    while i < count {
      let left = count &- i
      let w = V.load(weights + i, count: left)
      let g = V.multiplyAdd(V.load(gradient + i, count: left), decay, w)
      let v = V.multiplyAdd(g, kept, V.load(velocity + i, count: left))
      let move = nesterov ? V.multiplyAdd(g, kept, v) : v
      v.store(velocity + i, count: left)
      (w - pace * move).store(weights + i, count: left)
      i &+= V.scalarCount
    }
  }

  /// baseⁿ by squaring.
  @inlinable @inline(__always)
  static func power(_ base: Double, _ n: Int) -> Double {
    var result = 1.0
    var square = base
    var left = n
    while left > 0 {
      if left & 1 == 1 { result *= square }
      square *= square
      left >>= 1
    }
    return result
  }
}
