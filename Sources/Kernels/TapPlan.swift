/// A convolution as `TapKernel` sees it: a grid of destination pixels, each the sum over a small grid of taps of source
/// pixels times weights. Forward convolution, a phase of a strided input gradient, a quarter of a transposed
/// convolution and a linear layer differ in these numbers only. Offsets and strides are in floats.
@usableFromInline
struct TapPlan {
  /// Destination rows and columns of an image.
  @usableFromInline var rows: Int
  @usableFromInline var columns: Int

  /// What the first tap of destination pixel (0, 0) reads.
  @usableFromInline var source: UnsafePointer<Float>
  @usableFromInline var sourceStep: PixelStep
  @usableFromInline var sourceBlock: Int
  @usableFromInline var sourceChannels: Int

  @usableFromInline var destination: UnsafeMutablePointer<Float>
  @usableFromInline var destinationStep: PixelStep
  @usableFromInline var destinationBlock: Int
  @usableFromInline var destinationChannels: Int

  /// Laid out as the destination's grid.
  @usableFromInline var addend: UnsafePointer<Float>?
  @usableFromInline var addendStep: PixelStep
  @usableFromInline var addendBlock: Int

  @usableFromInline var tapRows: Int
  @usableFromInline var tapColumns: Int
  @usableFromInline var tapRowStep: Int
  @usableFromInline var tapColumnStep: Int

  /// Packed weights of all pairs of destination blocks; those of one pair lie `pairStride` floats apart, and this
  /// plan's begin `tapsBefore` taps into a pair's.
  @usableFromInline var weights: UnsafePointer<Float>
  @usableFromInline var pairStride: Int
  @usableFromInline var tapsBefore: Int

  @usableFromInline var bias: UnsafePointer<Float>?
  @usableFromInline var accumulate: Bool
  @usableFromInline var rectify: Bool

  @inlinable @inline(__always)
  init(
    rows: Int, columns: Int,
    source: UnsafePointer<Float>, sourceStep: PixelStep, sourceBlock: Int, sourceChannels: Int,
    destination: UnsafeMutablePointer<Float>, destinationStep: PixelStep, destinationBlock: Int,
    destinationChannels: Int,
    tapRows: Int, tapColumns: Int, tapRowStep: Int, tapColumnStep: Int,
    weights: UnsafePointer<Float>, pairStride: Int, tapsBefore: Int,
    bias: UnsafePointer<Float>?, accumulate: Bool, rectify: Bool
  ) {
    self.rows = rows
    self.columns = columns
    self.source = source
    self.sourceStep = sourceStep
    self.sourceBlock = sourceBlock
    self.sourceChannels = sourceChannels
    self.destination = destination
    self.destinationStep = destinationStep
    self.destinationBlock = destinationBlock
    self.destinationChannels = destinationChannels
    self.addend = nil
    self.addendStep = destinationStep
    self.addendBlock = 0
    self.tapRows = tapRows
    self.tapColumns = tapColumns
    self.tapRowStep = tapRowStep
    self.tapColumnStep = tapColumnStep
    self.weights = weights
    self.pairStride = pairStride
    self.tapsBefore = tapsBefore
    self.bias = bias
    self.accumulate = accumulate
    self.rectify = rectify
  }

  /// This many of the grid's rows lie in the first `cellRows` rows of a grid with `cellsAnImage` rows an image, which
  /// may have one row an image more than this one (the phases of an odd height).
  @inlinable @inline(__always)
  func rows(within cellRows: Int, _ cellsAnImage: Int) -> Int {
    (cellRows / cellsAnImage) &* rows &+ min(cellRows % cellsAnImage, rows)
  }
}

/// Distances in floats from one pixel of a grid to the next column, row and image.
@usableFromInline
struct PixelStep {
  @usableFromInline var column: Int
  @usableFromInline var row: Int
  @usableFromInline var image: Int

  @inlinable @inline(__always)
  init(column: Int, row: Int, image: Int) {
    self.column = column
    self.row = row
    self.image = image
  }

  @inlinable @inline(__always)
  func offset(_ image: Int, _ row: Int, _ column: Int) -> Int {
    image &* self.image &+ row &* self.row &+ column &* self.column
  }
}
