/// The pixels over which a weight gradient is summed. Where the output is one pixel an image, the images are the
/// columns of one row.
@usableFromInline
struct WeightGrid {
  @usableFromInline var images: Int
  @usableFromInline var rows: Int
  @usableFromInline var columns: Int
  @usableFromInline var input: UnsafePointer<Float>
  @usableFromInline var inputStep: PixelStep
  @usableFromInline var inputBlock: Int
  @usableFromInline var inputRow: Int
  @usableFromInline var gradient: UnsafePointer<Float>
  @usableFromInline var gradientStep: PixelStep
  @usableFromInline var gradientBlock: Int
  /// A chunk is some columns of a row, or some rows of an image, or some images.
  @usableFromInline var chunkImages: Int
  @usableFromInline var chunkRows: Int
  @usableFromInline var chunkColumns: Int

  @inlinable @inline(__always)
  init(_ shape: ConvolutionShape, _ input: Activation, _ gradient: Activation, _ lanes: Int) {
    images = gradient.images
    rows = gradient.height
    columns = gradient.width
    self.input = UnsafePointer(input.base) - shape.padding &* (input.rowStride &+ lanes)
    inputStep = PixelStep(
      column: shape.stride &* lanes, row: shape.stride &* input.rowStride, image: input.imageStride)
    inputBlock = input.blockStride
    inputRow = input.rowStride
    self.gradient = UnsafePointer(gradient.base)
    gradientStep = PixelStep(column: lanes, row: gradient.rowStride, image: gradient.imageStride)
    gradientBlock = gradient.blockStride
    if rows == 1 && columns == 1 {
      columns = images
      images = 1
      inputStep.column = inputStep.image
      gradientStep.column = gradientStep.image
    }
    // 128 pixels of two gradient blocks and an input block fill three quarters of a 32 KiB cache at 16 lanes.
    chunkColumns = min(columns, 128)
    chunkRows = min(rows, max(1, 128 / columns))
    chunkImages = min(images, max(1, 128 / (columns &* rows)))
  }
}

/// One chunk of pixels, seen by one pair of output blocks.
@usableFromInline
struct WeightChunk {
  @usableFromInline var lists: WeightLists
  @usableFromInline var pixels: Int
  @usableFromInline var input: UnsafePointer<Float>
  @usableFromInline var gradient: UnsafePointer<Float>
  @usableFromInline var gradientBlock: Int

  /// The chunk that begins at the given pixel. Chunks at the ends of rows, images and the batch are shorter; a shorter
  /// one's pixels are the first of the list all the same.
  @inlinable @inline(__always)
  init(_ grid: WeightGrid, _ lists: WeightLists, _ pair: Int, _ image: Int, _ row: Int, _ column: Int) {
    self.lists = lists
    pixels =
      min(grid.chunkImages, grid.images &- image) &* min(grid.chunkRows, grid.rows &- row)
      &* min(grid.chunkColumns, grid.columns &- column)
    input = grid.input + grid.inputStep.offset(image, row, column)
    gradient =
      grid.gradient + (2 &* pair &* grid.gradientBlock &+ grid.gradientStep.offset(image, row, column))
    gradientBlock = grid.gradientBlock
  }
}

/// A walk over the (input channel, tap) items of a shape.
@usableFromInline
struct ItemWalk {
  @usableFromInline var block: Int
  @usableFromInline var tap: Int
  @usableFromInline var lane: Int
  @usableFromInline let taps: Int
  @usableFromInline let channels: Int
  @usableFromInline let lanes: Int

  @inlinable @inline(__always)
  init(_ shape: ConvolutionShape, _ lanes: Int, _ item: Int) {
    taps = shape.kernelHeight &* shape.kernelWidth
    channels = shape.inputChannels
    self.lanes = lanes
    block = item / (lanes &* taps)
    let inBlock = item &- block &* lanes &* taps
    let width = min(lanes, channels &- block &* lanes)
    tap = inBlock / max(1, width)
    lane = inBlock % max(1, width)
  }

  @inlinable @inline(__always)
  mutating func advance() {
    lane &+= 1
    guard lane == min(lanes, channels &- block &* lanes) else { return }
    lane = 0
    tap &+= 1
    guard tap == taps else { return }
    tap = 0
    block &+= 1
  }
}

/// Offsets, in floats, of a chunk's pixels from its first one, and of a unit's items. They make the inner loop flat,
/// and small planes as fast as large ones.
@usableFromInline
struct WeightLists {
  @usableFromInline var inputs: UnsafeMutablePointer<Int32>
  @usableFromInline var gradients: UnsafeMutablePointer<Int32>
  @usableFromInline var items: UnsafeMutablePointer<Int32>
  /// Where an item's gradient goes in a row of (O, I, kH, kW).
  @usableFromInline var targets: UnsafeMutablePointer<Int32>

  /// Over storage of 768 entries, for 256 pixels and 128 items.
  @inlinable @inline(__always)
  init(_ storage: UnsafeMutablePointer<Int32>) {
    inputs = storage
    gradients = storage + 256
    items = storage + 512
    targets = storage + 640
  }

  @inlinable @inline(__always)
  func listPixels(_ grid: WeightGrid) {
    var pixel = 0
    for image in 0..<grid.chunkImages {
      for row in 0..<grid.chunkRows {
        for column in 0..<grid.chunkColumns {
          inputs[pixel] = Int32(grid.inputStep.offset(image, row, column))
          gradients[pixel] = Int32(grid.gradientStep.offset(image, row, column))
          pixel &+= 1
        }
      }
    }
  }

  @inlinable @inline(__always)
  func listItems(_ grid: WeightGrid, _ shape: ConvolutionShape, _ items: Range<Int>, _ lanes: Int) {
    var walk = ItemWalk(shape, lanes, items.lowerBound)
    for item in 0..<items.count {
      let row = walk.tap / shape.kernelWidth
      let column = walk.tap % shape.kernelWidth
      self.items[item] = Int32(
        walk.block &* grid.inputBlock &+ row &* grid.inputRow &+ column &* lanes &+ walk.lane)
      targets[item] = Int32((walk.block &* lanes &+ walk.lane) &* walk.taps &+ walk.tap)
      walk.advance()
    }
  }
}
