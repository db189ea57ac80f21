/// Batch normalisation's passes over memory; what happens to the per-channel vectors in between is the caller's.
@usableFromInline
enum BatchNorm<V: Lanes> {
  @inlinable
  static func statistics(
    _ input: Activation, _ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>,
    _ units: Range<Int>
  ) {
    let count = V(repeating: Float(input.images &* input.height &* input.width))
    for block in units {
      let average = ChannelSums<V>.ofBlock(input, block) { V.load($0) } / count
      let spread = ChannelSums<V>.ofBlock(input, block) {
        let distance = V.load($0) - average
        return distance * distance
      }
      average.store(mean + block &* V.scalarCount)
      (spread / count).store(variance + block &* V.scalarCount)
    }
  }

  @inlinable
  static func scaleShift(
    _ input: Activation, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>, _ addend: Activation?,
    _ rectify: Bool, _ output: Activation, _ units: Range<Int>
  ) {
    precondition(input.hasShape(of: output) && addend.map { $0.hasShape(of: output) } ?? true)
    let lanes = V.scalarCount
    input.eachRow(lanes, units) { image, block, y in
      let factor = V.load(scale + block &* lanes)
      let offset = V.load(shift + block &* lanes)
      let source = input.row(image, block, y)
      let target = output.row(image, block, y)
      let end = input.width &* lanes
      // One loop per combination keeps the tests out of the loops.
      if let addend {
        let other = addend.row(image, block, y)
        if rectify {
          Self.each(end) { x in
            let sum = V.multiplyAdd(offset, V.load(source + x), factor) + V.load(other + x)
            V.rectify(sum).store(target + x)
          }
        } else {
          Self.each(end) { x in
            (V.multiplyAdd(offset, V.load(source + x), factor) + V.load(other + x)).store(target + x)
          }
        }
      } else if rectify {
        Self.each(end) { x in
          V.rectify(V.multiplyAdd(offset, V.load(source + x), factor)).store(target + x)
        }
      } else {
        Self.each(end) { x in
          V.multiplyAdd(offset, V.load(source + x), factor).store(target + x)
        }
      }
    }
  }

  @inlinable
  static func reductions(
    _ input: Activation, _ output: Activation?, _ outputGradient: Activation, _ mean: UnsafePointer<Float>,
    _ inverseDeviation: UnsafePointer<Float>, _ sum: UnsafeMutablePointer<Float>, _ dot: UnsafeMutablePointer<Float>,
    _ units: Range<Int>
  ) {
    precondition(input.hasShape(of: outputGradient) && output.map { $0.hasShape(of: input) } ?? true)
    let lanes = V.scalarCount
    for block in units {
      let average = V.load(mean + block &* lanes)
      var sums = V.zero
      var dots = V.zero
      for image in 0..<input.images {
        var planeSum = V.zero
        var planeDot = V.zero
        for y in 0..<input.height {
          let source = input.row(image, block, y)
          let gradient = outputGradient.row(image, block, y)
          let mask = output.map { $0.row(image, block, y) }
          var rowSum = V.zero
          var rowDot = V.zero
          if let mask {
            Self.each(input.width &* lanes) { x in
              let g = V.select(V.load(gradient + x), .zero, whereLess: .zero, than: V.load(mask + x))
              rowSum = rowSum + g
              rowDot = V.multiplyAdd(rowDot, g, V.load(source + x) - average)
            }
          } else {
            Self.each(input.width &* lanes) { x in
              let g = V.load(gradient + x)
              rowSum = rowSum + g
              rowDot = V.multiplyAdd(rowDot, g, V.load(source + x) - average)
            }
          }
          planeSum = planeSum + rowSum
          planeDot = planeDot + rowDot
        }
        sums = sums + planeSum
        dots = dots + planeDot
      }
      sums.store(sum + block &* lanes)
      (dots * V.load(inverseDeviation + block &* lanes)).store(dot + block &* lanes)
    }
  }

  @inlinable
  static func inputGradient(
    _ input: Activation, _ output: Activation?, _ outputGradient: Activation, _ mean: UnsafePointer<Float>,
    _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, _ accumulate: Bool,
    _ inputGradient: Activation, _ units: Range<Int>
  ) {
    precondition(input.hasShape(of: outputGradient) && input.hasShape(of: inputGradient))
    precondition(output.map { $0.hasShape(of: input) } ?? true)
    let lanes = V.scalarCount
    input.eachRow(lanes, units) { image, block, y in
      let average = V.load(mean + block &* lanes)
      let gradientFactor = V.load(a + block &* lanes)
      let inputFactor = V.load(b + block &* lanes)
      let constant = V.load(c + block &* lanes)
      let source = input.row(image, block, y)
      let gradient = outputGradient.row(image, block, y)
      let target = inputGradient.row(image, block, y)
      let mask = output.map { $0.row(image, block, y) }
      Self.each(input.width &* lanes) { x in
        var g = V.load(gradient + x)
        if let mask { g = V.select(g, .zero, whereLess: .zero, than: V.load(mask + x)) }
        let linear = V.multiplyAdd(constant, V.load(source + x) - average, inputFactor)
        var result = V.multiplyAdd(linear, g, gradientFactor)
        if accumulate { result = result + V.load(target + x) }
        result.store(target + x)
      }
    }
  }

  /// Offsets of the vectors in `end` floats.
  @inlinable @inline(__always)
  static func each(_ end: Int, _ body: (Int) -> Void) {
    var x = 0
    while x < end {
      body(x)
      x &+= V.scalarCount
    }
  }
}
