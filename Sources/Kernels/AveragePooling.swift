/// Average pooling without padding; over the whole plane when `size` is its height and width.
@usableFromInline
enum AveragePooling<V: Lanes> {
  @inlinable
  static func forward(_ input: Activation, _ size: Int, _ stride: Int, _ output: Activation, _ units: Range<Int>) {
    MaxPooling<V>.check(input, size, stride, 0, output)
    let lanes = V.scalarCount
    let share = V(repeating: Float(size &* size))
    output.eachRow(lanes, units) { image, block, y in
      let target = output.row(image, block, y)
      var x = 0
      while x < output.width {
        var sum = V.zero
        for row in 0..<size {
          let source = input.row(image, block, y &* stride &+ row) + x &* stride &* lanes
          sum = sum + ChannelSums<V>.ofRow(UnsafePointer(source), size) { V.load($0) }
        }
        (sum / share).store(target + x &* lanes)
        x &+= 1
      }
    }
  }

  @inlinable
  static func gradient(
    _ size: Int, _ stride: Int, _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation,
    _ units: Range<Int>
  ) {
    MaxPooling<V>.check(inputGradient, size, stride, 0, outputGradient)
    let lanes = V.scalarCount
    let share = V(repeating: Float(size &* size))
    if !accumulate { Layout<V>.clear(inputGradient, units) }
    outputGradient.eachRow(lanes, units) { image, block, y in
      let gradient = outputGradient.row(image, block, y)
      var x = 0
      while x < outputGradient.width {
        let own = V.load(gradient + x &* lanes) / share
        for row in 0..<size {
          let target = inputGradient.row(image, block, y &* stride &+ row) + x &* stride &* lanes
          for column in 0..<size {
            (V.load(target + column &* lanes) + own).store(target + column &* lanes)
          }
        }
        x &+= 1
      }
    }
  }
}
