/// Dropout by a counter: whether an element is kept is a function of the key and its place in (N, C, H, W), whatever
/// the lanes and the threads, so that the backward pass needs no mask in memory.
@usableFromInline
enum Dropout<V: Lanes> {
  /// Forward, and on the output's gradient backward.
  @inlinable
  static func run(
    _ input: Activation, _ key: UInt64, _ rate: Float, _ accumulate: Bool, _ output: Activation, _ units: Range<Int>
  ) {
    precondition(input.hasShape(of: output) && rate >= 0 && rate < 1)
    let lanes = V.scalarCount
    let plane = input.height &* input.width
    let kept = 1 / (1 - rate)
    // A 24-bit number is below this with the probability `rate`.
    let threshold = UInt64((Double(rate) * 16_777_216).rounded())
    input.eachRow(lanes, units) { image, block, y in
      let channels = input.channels(inBlock: block, lanes)
      let first = (image &* input.channels &+ block &* lanes) &* plane &+ y &* input.width
      let source = input.row(image, block, y)
      let target = output.row(image, block, y)
      var x = 0
      while x < input.width {
        var factors = V.zero
        var lane = 0
        while lane < channels {
          let element = UInt64(truncatingIfNeeded: first &+ x &+ lane &* plane)
          factors[lane] = mix(key &+ element &* 0x9e37_79b9_7f4a_7c15) >> 40 < threshold ? 0 : kept
          lane &+= 1
        }
        var result = V.load(source + x &* lanes) * factors
        if accumulate { result = V.load(target + x &* lanes) + result }
        result.store(target + x &* lanes)
        x &+= 1
      }
    }
  }

  /// SplitMix64's output function.
  @inlinable @inline(__always)
  static func mix(_ state: UInt64) -> UInt64 {
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }
}
