/// Average pooling without padding; over the whole plane when `size` is its height and width.
@usableFromInline
enum AveragePooling<V: Lanes> {
  @inlinable
  static func forward(_ input: Activation, _ size: Int, _ stride: Int, _ output: Activation, _ units: Range<Int>) {
    check(input, size, stride, output)
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
    check(inputGradient, size, stride, outputGradient)
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

  @inlinable @inline(__always)
  static func check(_ input: Activation, _ size: Int, _ stride: Int, _ output: Activation) {
    precondition(input.images == output.images && input.channels == output.channels)
    precondition(output.height == (input.height &- size) / stride &+ 1)
    precondition(output.width == (input.width &- size) / stride &+ 1)
  }

  /// The pixels that output position `index` of `count` averages: an even share of 0..<extent, rounded outwards.
  @inlinable @inline(__always)
  static func share(_ index: Int, _ count: Int, _ extent: Int) -> Range<Int> {
    Range(uncheckedBounds: (index &* extent / count, ((index &+ 1) &* extent &+ count &- 1) / count))
  }

  /// Every output pixel is the mean of its share of the plane, whatever the two sizes are.
  @inlinable
  static func adaptive(_ input: Activation, _ output: Activation, _ units: Range<Int>) {
    precondition(input.images == output.images && input.channels == output.channels)
    let lanes = V.scalarCount
    output.eachRow(lanes, units) { image, block, y in
      let rows = share(y, output.height, input.height)
      let target = output.row(image, block, y)
      var x = 0
      while x < output.width {
        let columns = share(x, output.width, input.width)
        var sum = V.zero
        for row in rows {
          let source = input.row(image, block, row) + columns.lowerBound &* lanes
          sum = sum + ChannelSums<V>.ofRow(UnsafePointer(source), columns.count) { V.load($0) }
        }
        (sum / V(repeating: Float(rows.count &* columns.count))).store(target + x &* lanes)
        x &+= 1
      }
    }
  }

  @inlinable
  static func adaptiveGradient(
    _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation, _ units: Range<Int>
  ) {
    precondition(
      inputGradient.images == outputGradient.images && inputGradient.channels == outputGradient.channels)
    let lanes = V.scalarCount
    if !accumulate { Layout<V>.clear(inputGradient, units) }
    outputGradient.eachRow(lanes, units) { image, block, y in
      let rows = share(y, outputGradient.height, inputGradient.height)
      let gradient = outputGradient.row(image, block, y)
      var x = 0
      while x < outputGradient.width {
        let columns = share(x, outputGradient.width, inputGradient.width)
        let own = V.load(gradient + x &* lanes) / V(repeating: Float(rows.count &* columns.count))
        for row in rows {
          let target = inputGradient.row(image, block, row)
          for column in columns {
            (V.load(target + column &* lanes) + own).store(target + column &* lanes)
          }
        }
        x &+= 1
      }
    }
  }
}
