/// The gradient with respect to the weights of a 3×3 convolution of stride 1 and padding 1:
/// Gᵀ [Σ over tiles (Bᵀ x B) ⊙ (A g Aᵀ)] G, with x the input and g the output's gradient.
///
/// `sum` makes the sums over tiles, `finish` the weights' gradient from them.
@usableFromInline
enum WinogradGradient<V: Lanes, T: WinogradTransform> {
  @inlinable @inline(__always)
  static func cut(_ task: WinogradTask) -> WinogradGradientUnits {
    WinogradGradientUnits(
      WinogradGrid(images: task.images, height: task.height, width: task.width, outputs: T.outputs),
      points: T.products, from: task.inputs, to: task.outputs, lanes: V.scalarCount)
  }

  @inlinable
  static func sum(
    _ task: WinogradTask, _ input: Activation, _ gradient: Activation, _ sums: UnsafeMutablePointer<Float>,
    _ scratch: UnsafeMutablePointer<Float>, _ units: Range<Int>
  ) {
    precondition(input.halo >= 1 && input.channels == task.inputs && gradient.channels == task.outputs)
    precondition(input.images == task.images && gradient.images == task.images)
    precondition((input.height, input.width) == (task.height, task.width))
    precondition((gradient.height, gradient.width) == (task.height, task.width))
    let lanes = V.scalarCount
    let cut = cut(task)
    let gradients = scratch + cut.points &* cut.inputPoint
    for unit in units {
      let part = unit / (cut.inputs.count &* cut.outputs.count)
      let inputs = cut.inputs.blocks(of: unit / cut.outputs.count % cut.inputs.count)
      let outputs = cut.outputs.blocks(of: unit % cut.outputs.count)
      let channels = min(task.inputs, inputs.upperBound &* lanes) &- inputs.lowerBound &* lanes
      let own = sums + unit &* cut.points &* cut.sumPoint
      let groups = cut.groups &* part / cut.parts..<cut.groups &* (part &+ 1) / cut.parts
      for group in groups {
        let first = group &* cut.tilesAGroup
        let tiles = first..<min(cut.grid.tiles, first &+ cut.tilesAGroup)
        WinogradPatch<V, T>.inputs(input, cut.grid, tiles, inputs, scratch, cut.inputs.width, cut.inputPoint)
        WinogradPatch<V, T>.gradients(
          gradient, cut.grid, tiles, outputs, gradients, cut.outputs.width, cut.outputPoint)
        for point in 0..<cut.points {
          for block in stride(from: 0, to: outputs.count, by: 2) {
            WinogradSum<V>.run(
              scratch + point &* cut.inputPoint, cut.inputs.width, channels,
              gradients + (point &* cut.outputPoint &+ block &* lanes), cut.outputs.width, tiles.count,
              own + (point &* cut.sumPoint &+ block &* lanes), cut.outputs.width, group > groups.lowerBound,
              block &+ 1 < outputs.count)
          }
        }
      }
    }
  }

  /// Overwrites the gradients, (O, I, 3, 3), of some input channels.
  @inlinable
  static func finish(
    _ task: WinogradTask, _ sums: UnsafePointer<Float>, _ weightGradient: UnsafeMutablePointer<Float>,
    _ units: Range<Int>
  ) {
    let lanes = V.scalarCount
    let cut = cut(task)
    let partStride = cut.inputs.count &* cut.outputs.count &* cut.points &* cut.sumPoint
    var storage = InlineArray<63, V>(repeating: V.zero)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let whole = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      let half = whole + 36 &* lanes
      let taps = half + 18 &* lanes
      // Channels that follow each other lie beside each other in the result.
      for block in 0..<cut.outputs.blocks {
        let slice = block / cut.outputs.blocksASlice
        for channel in units {
          let own =
            sums + (channel / cut.inputs.width &* cut.outputs.count &+ slice) &* cut.points &* cut.sumPoint
            + (channel % cut.inputs.width) &* cut.outputs.width + block % cut.outputs.blocksASlice &* lanes
          for point in 0..<T.products {
            var sum = V.load(own + point &* cut.sumPoint)
            for part in 1..<max(1, cut.parts) {
              sum = sum + V.load(own + (part &* partStride &+ point &* cut.sumPoint))
            }
            sum.store(whole + point &* lanes)
          }
          let width = T.points &* lanes
          for column in 0..<T.points {
            T.weightGradient(whole + column &* lanes, width, half + column &* lanes, width, V.self)
          }
          for row in 0..<3 {
            T.weightGradient(half + row &* width, lanes, taps + 3 &* row &* lanes, lanes, V.self)
          }
          let first = block &* lanes
          for lane in 0..<min(lanes, task.outputs &- first) {
            let target = weightGradient + ((first &+ lane) &* task.inputs &+ channel) &* 9
            for tap in 0..<9 { target[tap] = taps[tap &* lanes &+ lane] }
          }
        }
      }
    }
  }
}

extension WinogradPatch {
  /// A g Aᵀ of some tiles of some blocks of an output's gradient; pixels past its plane count as zeros.
  @inlinable @inline(never)
  static func gradients(
    _ gradient: Activation, _ grid: WinogradGrid, _ tiles: Range<Int>, _ blocks: Range<Int>,
    _ target: UnsafeMutablePointer<Float>, _ tileStep: Int, _ pointStep: Int
  ) {
    let lanes = V.scalarCount
    let outputs = T.outputs
    var storage = InlineArray<40, V>(repeating: V.zero)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let half = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      let patch = half + 24 &* lanes
      grid.each(tiles) { tile, image, row, column in
        let rows = min(outputs, gradient.height &- row)
        let columns = min(outputs, gradient.width &- column)
        var target = target + tile &* tileStep
        for block in blocks {
          let corner = UnsafePointer(gradient.row(image, block, row)) + column &* lanes
          if rows == outputs && columns == outputs {
            self.gradient(corner, gradient.rowStride, half, target, pointStep)
          } else {
            for y in 0..<outputs {
              for x in 0..<outputs {
                let pixel = y < rows && x < columns ? V.load(corner + (y &* gradient.rowStride &+ x &* lanes)) : .zero
                pixel.store(patch + (y &* outputs &+ x) &* lanes)
              }
            }
            self.gradient(patch, outputs &* lanes, half, target, pointStep)
          }
          target += lanes
        }
      }
    }
  }

  /// `half` holds (m + 2)·m vectors.
  @inlinable @inline(__always)
  static func gradient(
    _ source: UnsafePointer<Float>, _ rowStride: Int, _ half: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>, _ pointStep: Int
  ) {
    let lanes = V.scalarCount
    let width = T.outputs &* lanes
    for column in 0..<T.outputs {
      T.outputGradient(source + column &* lanes, rowStride, half + column &* lanes, width, V.self)
    }
    for row in 0..<T.points {
      T.outputGradient(half + row &* width, lanes, target + row &* T.points &* pointStep, pointStep, V.self)
    }
  }
}
