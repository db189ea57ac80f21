/// Operations that treat every element alike, image by image.
@usableFromInline
enum Elementwise<V: Lanes> {
  @inlinable
  static func rectify(_ input: Activation, _ output: Activation, _ units: Range<Int>) {
    map(input, output, false, units) { V.rectify($0) }
  }

  @inlinable
  static func rectifyGradient(
    _ output: Activation, _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation,
    _ units: Range<Int>
  ) {
    map(output, outputGradient, inputGradient, accumulate, units) { y, g in
      V.select(g, .zero, whereLess: .zero, than: y)
    }
  }

  @inlinable
  static func copy(_ input: Activation, _ accumulate: Bool, _ output: Activation, _ units: Range<Int>) {
    map(input, output, accumulate, units) { $0 }
  }

  @inlinable
  static func add(_ left: Activation, _ right: Activation, _ output: Activation, _ units: Range<Int>) {
    map(left, right, output, false, units) { $0 + $1 }
  }

  @inlinable
  static func multiply(
    _ left: Activation, _ right: Activation, _ accumulate: Bool, _ output: Activation, _ units: Range<Int>
  ) {
    map(left, right, output, accumulate, units) { $0 * $1 }
  }

  /// output (+)= f(input).
  @inlinable @inline(__always)
  static func map(
    _ input: Activation, _ output: Activation, _ accumulate: Bool, _ units: Range<Int>, _ f: (V) -> V
  ) {
    precondition(input.hasShape(of: output))
    let end = input.width &* V.scalarCount
    input.eachRow(V.scalarCount, units) { image, block, y in
      let source = input.row(image, block, y)
      let target = output.row(image, block, y)
      var x = 0
      while x < end {
        var result = f(V.load(source + x))
        if accumulate { result = V.load(target + x) + result }
        result.store(target + x)
        x &+= V.scalarCount
      }
    }
  }

  /// output (+)= f(left, right).
  @inlinable @inline(__always)
  static func map(
    _ left: Activation, _ right: Activation, _ output: Activation, _ accumulate: Bool, _ units: Range<Int>,
    _ f: (V, V) -> V
  ) {
    precondition(left.hasShape(of: output) && right.hasShape(of: output))
    let end = left.width &* V.scalarCount
    left.eachRow(V.scalarCount, units) { image, block, y in
      let first = left.row(image, block, y)
      let second = right.row(image, block, y)
      let target = output.row(image, block, y)
      var x = 0
      while x < end {
        var result = f(V.load(first + x), V.load(second + x))
        if accumulate { result = V.load(target + x) + result }
        result.store(target + x)
        x &+= V.scalarCount
      }
    }
  }
}
