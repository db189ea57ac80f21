/// How the work of tap plans over one grid is cut into units: some rows of cells times a pair of channel blocks.
///
/// A cell is one pixel, or the stride × stride pixels that the phases of an input gradient compute. Depends on shapes
/// only, so that the units are the same for any number of threads.
@usableFromInline
struct TapUnits {
  /// Rows of cells an image, and over all images.
  @usableFromInline var cellRows: Int
  @usableFromInline var totalRows: Int
  @usableFromInline var rowsAUnit: Int
  @usableFromInline var pairs: Int

  @inlinable @inline(__always)
  init(_ destination: Activation, stride: Int, lanes: Int) {
    cellRows = (destination.height &+ stride &- 1) / stride
    totalRows = destination.images &* cellRows
    pairs = (destination.blocks(lanes) &+ 1) / 2
    let columns = (destination.width &+ stride &- 1) / stride
    // 192 pixels make a unit long enough to hide the first use of its weights, and are a multiple of every tile; small
    // inputs get smaller units, 32 in all, down to 24 pixels.
    let most = max(1, 192 / columns)
    let fair = max(1, totalRows &* pairs / 32)
    let least = max(1, 24 / columns)
    rowsAUnit = min(most, max(fair, least))
  }

  @inlinable @inline(__always)
  var count: Int { (totalRows &+ rowsAUnit &- 1) / rowsAUnit &* pairs }

  /// Runs unit `unit` of one plan. Units that share source rows follow each other.
  @inlinable @inline(__always)
  func run<V: Lanes>(_ unit: Int, _ plan: TapPlan, _ lanes: V.Type) {
    let firstRow = unit / pairs &* rowsAUnit
    let endRow = min(totalRows, firstRow &+ rowsAUnit)
    let first = plan.rows(within: firstRow, cellRows) &* plan.columns
    let end = plan.rows(within: endRow, cellRows) &* plan.columns
    TapKernel<V>.run(plan, pair: unit % pairs, pixels: first..<end)
  }
}
