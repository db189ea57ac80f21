/// What a convolution does with its sums.
@usableFromInline
struct WinogradEnd {
  @usableFromInline var bias: UnsafePointer<Float>?
  @usableFromInline var addend: Activation?
  @usableFromInline var rectify: Bool
  @usableFromInline var accumulate: Bool

  @inlinable @inline(__always)
  init(bias: UnsafePointer<Float>?, addend: Activation?, rectify: Bool, accumulate: Bool) {
    self.bias = bias
    self.addend = addend
    self.rectify = rectify
    self.accumulate = accumulate
  }
}

/// 3×3 convolutions of stride 1 and padding 1 by Winograd's algorithm: forward, and the gradient of the input, which is
/// the same convolution with other weights.
///
/// A unit transforms some tiles of all source blocks, multiplies them point by point with transformed weights, and
/// transforms the products into output pixels. Every output is computed the same way in whatever unit it falls, so its
/// bits do not depend on the cut.
@usableFromInline
enum Winograd<V: Lanes, T: WinogradTransform> {
  @inlinable @inline(__always)
  static func cut(_ task: WinogradTask) -> WinogradUnits {
    WinogradUnits(
      WinogradGrid(images: task.images, height: task.height, width: task.width, outputs: T.outputs),
      points: T.products, from: task.inputs, to: task.outputs, lanes: V.scalarCount)
  }

  @inlinable
  static func run(
    _ task: WinogradTask, _ source: Activation, _ packed: UnsafePointer<Float>, _ end: WinogradEnd,
    _ destination: Activation, _ scratch: UnsafeMutablePointer<Float>, _ units: Range<Int>
  ) {
    precondition(source.halo >= 1 && source.channels == task.inputs && destination.channels == task.outputs)
    precondition(source.images == task.images && destination.images == task.images)
    precondition((source.height, source.width) == (task.height, task.width))
    precondition((destination.height, destination.width) == (task.height, task.width))
    if let addend = end.addend { precondition(addend.hasShape(of: destination)) }
    let lanes = V.scalarCount
    let cut = cut(task)
    let blocks = destination.blocks(lanes)
    let products = scratch + cut.points &* cut.sourcePoint
    let weightPoint = WinogradWeights<V, T>.pointStride(from: source.channels, to: destination.channels)
    var transformed = -1
    for unit in units {
      let group = unit / cut.splits
      let first = group &* cut.tilesAUnit
      let tiles = first..<min(cut.grid.tiles, first &+ cut.tilesAUnit)
      let firstPair = unit % cut.splits &* cut.pairsAUnit
      let pairs = firstPair..<min(cut.pairs, firstPair &+ cut.pairsAUnit)
      if group != transformed {
        WinogradPatch<V, T>.inputs(
          source, cut.grid, tiles, 0..<source.blocks(lanes), scratch, cut.sourceStride, cut.sourcePoint)
        transformed = group
      }
      for point in 0..<cut.points {
        for pair in pairs {
          WinogradProduct<V>.run(
            scratch + point &* cut.sourcePoint, cut.sourceStride, source.channels,
            packed + point &* weightPoint + 2 &* pair &* lanes &* source.channels,
            products + point &* cut.productPoint + 2 &* (pair &- firstPair) &* lanes, cut.productStride, tiles.count,
            2 &* pair &+ 1 < blocks)
        }
      }
      outputs(
        products, cut, tiles, 2 &* pairs.lowerBound..<min(blocks, 2 &* pairs.upperBound), end, destination)
    }
  }

  /// Transforms the products of some tiles and blocks into pixels, as far as they lie in the plane.
  @inlinable @inline(never)
  static func outputs(
    _ products: UnsafePointer<Float>, _ cut: WinogradUnits, _ tiles: Range<Int>, _ blocks: Range<Int>,
    _ end: WinogradEnd, _ destination: Activation
  ) {
    let lanes = V.scalarCount
    var storage = InlineArray<40, V>(repeating: V.zero)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let half = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      let pixels = half + 24 &* lanes
      cut.grid.each(tiles) { tile, image, row, column in
        let rows = min(T.outputs, destination.height &- row)
        let columns = min(T.outputs, destination.width &- column)
        var own = products + tile &* cut.productStride
        for block in blocks {
          WinogradPatch<V, T>.output(own, cut.productPoint, half, pixels)
          let channel = block &* lanes
          let bias = end.bias.map { V.load($0 + channel, count: destination.channels &- channel) } ?? .zero
          let target = destination.row(image, block, row) + column &* lanes
          let other = end.addend.map { UnsafePointer($0.row(image, block, row)) + column &* lanes }
          let otherRow = end.addend?.rowStride ?? 0
          for y in 0..<rows {
            for x in 0..<columns {
              let pixel = target + (y &* destination.rowStride &+ x &* lanes)
              var sum = V.load(pixels + (y &* T.outputs &+ x) &* lanes) + bias
              if end.accumulate { sum = sum + V.load(pixel) }
              if let other { sum = sum + V.load(other + (y &* otherRow &+ x &* lanes)) }
              if end.rectify { sum = V.rectify(sum) }
              sum.store(pixel)
            }
          }
          own += lanes
        }
      }
    }
  }
}
