/// How a Winograd weight gradient is cut into units: some input blocks, some output blocks, some tiles. Depends on
/// shapes only, so that the units, and the order of all sums, are the same for any number of threads.
@usableFromInline
struct WinogradGradientUnits {
  @usableFromInline var grid: WinogradGrid
  @usableFromInline var points: Int
  @usableFromInline var inputs: WinogradSlices
  @usableFromInline var outputs: WinogradSlices
  /// Tiles that are transformed at once, and how many such groups there are.
  @usableFromInline var tilesAGroup: Int
  @usableFromInline var groups: Int
  /// Parts of the tiles that are summed apart, and added up in the end.
  @usableFromInline var parts: Int
  /// Floats from a point to the next, of transformed inputs, of transformed gradients, and of sums.
  @usableFromInline var inputPoint: Int
  @usableFromInline var outputPoint: Int
  @usableFromInline var sumPoint: Int

  @inlinable @inline(__always)
  init(_ grid: WinogradGrid, points: Int, from inputs: Int, to outputs: Int, lanes: Int) {
    self.grid = grid
    self.points = points
    // The sums of a slice of 64 × 64 channels at one point stay in the first-level cache while 96 tiles are added, and
    // so many channels make transforming cheap beside multiplying.
    self.inputs = WinogradSlices((inputs &+ lanes &- 1) / lanes, most: max(2, 64 / lanes), lanes)
    self.outputs = WinogradSlices((outputs &+ lanes &- 1) / lanes, most: max(2, 64 / lanes), lanes)
    let mostTiles = min(grid.tiles, 96)
    groups = (grid.tiles &+ mostTiles &- 1) / mostTiles
    tilesAGroup = (grid.tiles &+ groups &- 1) / groups
    groups = (grid.tiles &+ tilesAGroup &- 1) / tilesAGroup
    let slices = self.inputs.count &* self.outputs.count
    parts = min(groups, (16 &+ slices &- 1) / slices)
    // A cache line more than the values take, so that the points of a tile do not fall into the same cache sets.
    inputPoint = tilesAGroup &* self.inputs.width &+ 16
    outputPoint = tilesAGroup &* self.outputs.width &+ 16
    sumPoint = self.inputs.width &* self.outputs.width &+ 16
  }

  @inlinable @inline(__always)
  var count: Int { parts &* inputs.count &* outputs.count }

  /// Floats of memory that a unit works in.
  @inlinable @inline(__always)
  var scratchCount: Int { points &* (inputPoint &+ outputPoint) }

  /// Floats of the sums of all units.
  @inlinable @inline(__always)
  var sumsCount: Int { count &* points &* sumPoint }
}

/// Channel blocks cut into slices of equal size; the last may have fewer blocks.
@usableFromInline
struct WinogradSlices {
  @usableFromInline var blocks: Int
  @usableFromInline var blocksASlice: Int
  @usableFromInline var count: Int
  /// Floats of a slice.
  @usableFromInline var width: Int

  @inlinable @inline(__always)
  init(_ blocks: Int, most: Int, _ lanes: Int) {
    self.blocks = blocks
    let slices = (blocks &+ most &- 1) / most
    blocksASlice = (blocks &+ slices &- 1) / slices
    count = (blocks &+ blocksASlice &- 1) / blocksASlice
    width = blocksASlice &* lanes
  }

  @inlinable @inline(__always)
  func blocks(of slice: Int) -> Range<Int> {
    slice &* blocksASlice..<min(blocks, (slice &+ 1) &* blocksASlice)
  }
}
