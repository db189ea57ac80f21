/// The distance of channel-normalised features with a weight per channel, and its gradient: one tap of LPIPS.
@usableFromInline
enum WeightedFeatureDistance<V: Lanes> {
  @inlinable
  static func value(
    _ a: Activation, _ b: Activation, _ weights: UnsafePointer<Float>, _ distances: UnsafeMutablePointer<Float>,
    _ units: Range<Int>
  ) {
    precondition(a.hasShape(of: b))
    for image in units {
      var total: Float = 0
      for y in 0..<a.height {
        var row: Float = 0
        for x in 0..<a.width {
          let pair = FeaturePair<V>(a, b, image, y, x, Losses<V>.lengthFloor)
          var sum = V.zero
          for block in 0..<pair.blocks {
            let difference = pair.difference(block)
            sum = V.multiplyAdd(sum, difference * difference, V.load(weights + block &* V.scalarCount))
          }
          row += sum.total()
        }
        total += row
      }
      distances[image] = total / Float(a.height &* a.width)
    }
  }

  /// With â = a/s, s = √(Σa² + floor), d = â − b̂ and W = diag(w): ∂(dᵀWd)/∂a = (2/s)·(Wd − â·⟨Wd, â⟩).
  @inlinable
  static func gradient(
    _ a: Activation, _ b: Activation, _ weights: UnsafePointer<Float>, _ scale: Float, _ accumulate: Bool,
    _ aGradient: Activation, _ units: Range<Int>
  ) {
    precondition(a.hasShape(of: b) && a.hasShape(of: aGradient))
    let share = scale / Float(a.height &* a.width)
    for image in units {
      for y in 0..<a.height {
        let target = aGradient.row(image, 0, y)
        for x in 0..<a.width {
          let pair = FeaturePair<V>(a, b, image, y, x, Losses<V>.lengthFloor)
          var sum = V.zero
          for block in 0..<pair.blocks {
            let weighted = pair.difference(block) * V.load(weights + block &* V.scalarCount)
            sum = V.multiplyAdd(sum, weighted, pair.unitA(block))
          }
          let along = V(repeating: sum.total())
          let factor = V(repeating: 2 * share * pair.aInverse)
          for block in 0..<pair.blocks {
            let own = target + x &* V.scalarCount + block &* aGradient.blockStride
            let weighted = pair.difference(block) * V.load(weights + block &* V.scalarCount)
            var result = (weighted - pair.unitA(block) * along) * factor
            if accumulate { result = V.load(own) + result }
            result.store(own)
          }
        }
      }
    }
  }
}
