/// The transforms of a tile in two dimensions, for one block of channels.
@usableFromInline
enum WinogradPatch<V: Lanes, T: WinogradTransform> {
  /// Bᵀ x B of the (m + 2)² pixels from `source` on; points go `pointStep` floats apart. `half` holds (m + 2)² vectors.
  @inlinable @inline(__always)
  static func input(
    _ source: UnsafePointer<Float>, _ rowStride: Int, _ half: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>, _ pointStep: Int
  ) {
    let lanes = V.scalarCount
    let width = T.points &* lanes
    for column in 0..<T.points {
      T.input(source + column &* lanes, rowStride, half + column &* lanes, width, V.self)
    }
    for row in 0..<T.points {
      T.input(half + row &* width, lanes, target + row &* T.points &* pointStep, pointStep, V.self)
    }
  }

  /// Aᵀ M A: m² pixels, one after the other. `half` holds m·(m + 2) vectors.
  @inlinable @inline(__always)
  static func output(
    _ products: UnsafePointer<Float>, _ pointStep: Int, _ half: UnsafeMutablePointer<Float>,
    _ target: UnsafeMutablePointer<Float>
  ) {
    let lanes = V.scalarCount
    let width = T.points &* lanes
    for column in 0..<T.points {
      T.output(products + column &* pointStep, T.points &* pointStep, half + column &* lanes, width, V.self)
    }
    for row in 0..<T.outputs {
      T.output(half + row &* width, lanes, target + row &* T.outputs &* lanes, lanes, V.self)
    }
  }

  /// Transforms some tiles of all blocks of `source`; pixels past its halo count as zeros.
  @inlinable @inline(never)
  static func inputs(
    _ source: Activation, _ grid: WinogradGrid, _ tiles: Range<Int>, _ blocks: Range<Int>,
    _ target: UnsafeMutablePointer<Float>, _ tileStep: Int, _ pointStep: Int
  ) {
    let lanes = V.scalarCount
    let points = T.points
    var storage = InlineArray<72, V>(repeating: V.zero)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let half = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      let patch = half + 36 &* lanes
      grid.each(tiles) { tile, image, row, column in
        let rows = min(points, source.height &+ source.halo &- row &+ 1)
        let columns = min(points, source.width &+ source.halo &- column &+ 1)
        let isWhole = rows == points && columns == points
        var target = target + tile &* tileStep
        for block in blocks {
          let corner = UnsafePointer(source.row(image, block, row &- 1)) + (column &- 1) &* lanes
          if isWhole {
            input(corner, source.rowStride, half, target, pointStep)
          } else {
            for y in 0..<points {
              for x in 0..<points {
                let pixel = y < rows && x < columns ? V.load(corner + (y &* source.rowStride &+ x &* lanes)) : .zero
                pixel.store(patch + (y &* points &+ x) &* lanes)
              }
            }
            input(patch, points &* lanes, half, target, pointStep)
          }
          target += lanes
        }
      }
    }
  }
}
