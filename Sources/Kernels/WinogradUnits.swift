/// How a Winograd convolution is cut into units: some tiles times some pairs of destination blocks. Depends on shapes
/// only, so that the units are the same for any number of threads.
@usableFromInline
struct WinogradUnits {
  @usableFromInline var grid: WinogradGrid
  @usableFromInline var tilesAUnit: Int
  @usableFromInline var pairs: Int
  @usableFromInline var pairsAUnit: Int
  /// Units that share tiles.
  @usableFromInline var splits: Int
  /// Floats from a tile to the next and from a point to the next, of transformed sources and of products.
  @usableFromInline var sourceStride: Int
  @usableFromInline var sourcePoint: Int
  @usableFromInline var productStride: Int
  @usableFromInline var productPoint: Int
  @usableFromInline var points: Int

  @inlinable @inline(__always)
  init(_ grid: WinogradGrid, points: Int, from inputs: Int, to outputs: Int, lanes: Int) {
    self.grid = grid
    self.points = points
    sourceStride = (inputs &+ lanes &- 1) / lanes &* lanes
    pairs = (outputs &+ 2 &* lanes &- 1) / (2 &* lanes)
    // Every unit reads all its weights once: enough tiles to make that cheap, few enough to keep them in the cache.
    // Weights of 256 × 256 channels and more come from the last-level cache or from memory.
    let most = min(grid.tiles, inputs &* outputs >= 65_536 ? 48 : 24)
    let groups = (grid.tiles &+ most &- 1) / most
    tilesAUnit = (grid.tiles &+ groups &- 1) / groups
    // Where the tiles make few units, the destination's channels make some more, of no fewer than 128 channels: beside
    // so many, transforming the source again is cheap.
    let wanted = (16 &+ groups &- 1) / groups
    let least = max(1, 64 / lanes)
    pairsAUnit = min(pairs, max(least, (pairs &+ wanted &- 1) / wanted))
    splits = (pairs &+ pairsAUnit &- 1) / pairsAUnit
    productStride = pairsAUnit &* 2 &* lanes
    // A cache line more than the tiles take, so that the points of a tile do not fall into the same cache sets.
    sourcePoint = tilesAUnit &* sourceStride &+ 16
    productPoint = tilesAUnit &* productStride &+ 16
  }

  @inlinable @inline(__always)
  var count: Int { (grid.tiles &+ tilesAUnit &- 1) / tilesAUnit &* splits }

  /// Floats of memory that a unit works in.
  @inlinable @inline(__always)
  var scratchCount: Int { points &* (sourcePoint &+ productPoint) }
}

/// The tiles of all images, row by row.
@usableFromInline
struct WinogradGrid {
  @usableFromInline var outputs: Int
  @usableFromInline var rows: Int
  @usableFromInline var columns: Int
  @usableFromInline var tiles: Int

  /// Tiles of `outputs` × `outputs` pixels; those at the right and lower edge may reach past the plane.
  @inlinable @inline(__always)
  init(images: Int, height: Int, width: Int, outputs: Int) {
    self.outputs = outputs
    rows = (height &+ outputs &- 1) / outputs
    columns = (width &+ outputs &- 1) / outputs
    tiles = images &* rows &* columns
  }

  /// Calls `body` with the number of each of some tiles, its image, and its first output's row and column.
  @inlinable @inline(__always)
  func each(_ tiles: Range<Int>, _ body: (_ number: Int, _ image: Int, _ row: Int, _ column: Int) -> Void) {
    var column = tiles.lowerBound % columns
    var row = tiles.lowerBound / columns % rows
    var image = tiles.lowerBound / (columns &* rows)
    var number = 0
    while number < tiles.count {
      body(number, image, row &* outputs, column &* outputs)
      number &+= 1
      column &+= 1
      if column == columns {
        column = 0
        row &+= 1
        if row == rows {
          row = 0
          image &+= 1
        }
      }
    }
  }
}
