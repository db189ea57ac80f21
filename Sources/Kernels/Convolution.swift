/// Convolution as tap plans: forward, and the gradient with respect to the input.
@usableFromInline
enum Convolution<V: Lanes> {
  @inlinable @inline(__always)
  static var lanes: Int { V.scalarCount }

  /// Padding is read from the halo.
  @inlinable
  static func forwardHalo(_ shape: ConvolutionShape) -> Int {
    shape.padding
  }

  /// The gradient of the first pixels reads ⌈(k − 1 − padding)/stride⌉ output pixels outside the plane.
  @inlinable
  static func backwardHalo(_ shape: ConvolutionShape) -> Int {
    let reach = max(shape.kernelHeight, shape.kernelWidth) &- 1 &- shape.padding
    return max(0, (reach &+ shape.stride &- 1) / shape.stride)
  }

  @inlinable
  static func forwardUnits(_ shape: ConvolutionShape, _ output: Activation) -> Int {
    TapUnits(output, stride: 1, lanes: lanes).count
  }

  @inlinable
  static func inputGradientUnits(_ shape: ConvolutionShape, _ inputGradient: Activation) -> Int {
    TapUnits(inputGradient, stride: shape.stride, lanes: lanes).count
  }

  @inlinable
  static func forward(
    _ shape: ConvolutionShape, _ input: Activation, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ addend: Activation?, _ rectify: Bool, _ output: Activation, _ units: Range<Int>
  ) {
    correlate(shape, input, packed, bias, addend, rectify, false, output, units)
  }

  @inlinable
  static func inputGradient(
    _ shape: ConvolutionShape, _ outputGradient: Activation, _ packed: UnsafePointer<Float>, _ accumulate: Bool,
    _ inputGradient: Activation, _ units: Range<Int>
  ) {
    spread(shape, outputGradient, packed, nil, accumulate, inputGradient, units)
  }

  /// destination (+)= W ∗ source (+ bias) (+ addend): the forward pass, and the input gradient of a transposed one.
  @inlinable
  static func correlate(
    _ shape: ConvolutionShape, _ source: Activation, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ addend: Activation?, _ rectify: Bool, _ accumulate: Bool, _ destination: Activation, _ units: Range<Int>
  ) {
    precondition(source.channels == shape.inputChannels && destination.channels == shape.outputChannels)
    precondition(source.halo >= shape.padding && source.images == destination.images)
    let size = shape.outputSize(height: source.height, width: source.width)
    precondition(size == (destination.height, destination.width))
    let padding = shape.padding &* source.rowStride &+ shape.padding &* lanes
    var plan = TapPlan(
      rows: destination.height, columns: destination.width,
      source: UnsafePointer(source.base) - padding,
      sourceStep: PixelStep(
        column: shape.stride &* lanes, row: shape.stride &* source.rowStride, image: source.imageStride),
      sourceBlock: source.blockStride, sourceChannels: source.channels,
      destination: destination.base,
      destinationStep: PixelStep(column: lanes, row: destination.rowStride, image: destination.imageStride),
      destinationBlock: destination.blockStride, destinationChannels: destination.channels,
      tapRows: shape.kernelHeight, tapColumns: shape.kernelWidth, tapRowStep: source.rowStride, tapColumnStep: lanes,
      weights: packed, pairStride: WeightPacking<V>.pairStride(shape, inputs: shape.inputChannels), tapsBefore: 0,
      bias: bias, accumulate: accumulate, rectify: rectify)
    if let addend {
      precondition(addend.hasShape(of: destination) && addend.base != destination.base)
      plan.addend = UnsafePointer(addend.base)
      plan.addendStep = PixelStep(column: lanes, row: addend.rowStride, image: addend.imageStride)
      plan.addendBlock = addend.blockStride
    }
    let cut = TapUnits(destination, stride: 1, lanes: lanes)
    for unit in units { cut.run(unit, plan, V.self) }
  }

  /// destination (+)= Wᵀ spread over the stride's grid (+ bias): the input gradient, and a transposed forward pass.
  ///
  /// `shape` is the convolution from `destination` to `source`. Destination pixels are taken by phase, that is by their
  /// row and column modulo the stride: within a phase all of them see the same taps.
  @inlinable
  static func spread(
    _ shape: ConvolutionShape, _ source: Activation, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ accumulate: Bool, _ destination: Activation, _ units: Range<Int>
  ) {
    precondition(source.channels == shape.outputChannels && destination.channels == shape.inputChannels)
    precondition(source.images == destination.images)
    let size = shape.outputSize(height: destination.height, width: destination.width)
    precondition(size == (source.height, source.width))
    let cut = TapUnits(destination, stride: shape.stride, lanes: lanes)
    for unit in units {
      var tapsBefore = 0
      for rowPhase in 0..<shape.stride {
        let vertical = TapPhase(rowPhase, shape.kernelHeight, shape)
        for columnPhase in 0..<shape.stride {
          let horizontal = TapPhase(columnPhase, shape.kernelWidth, shape)
          precondition(source.halo >= vertical.halo(destination.height, source.height))
          precondition(source.halo >= horizontal.halo(destination.width, source.width))
          let plan = TapPlan(
            rows: vertical.extent(of: destination.height), columns: horizontal.extent(of: destination.width),
            source: UnsafePointer(source.base) + vertical.origin &* source.rowStride + horizontal.origin &* lanes,
            sourceStep: PixelStep(column: lanes, row: source.rowStride, image: source.imageStride),
            sourceBlock: source.blockStride, sourceChannels: source.channels,
            destination: destination.base + rowPhase &* destination.rowStride + columnPhase &* lanes,
            destinationStep: PixelStep(
              column: shape.stride &* lanes, row: shape.stride &* destination.rowStride,
              image: destination.imageStride),
            destinationBlock: destination.blockStride, destinationChannels: destination.channels,
            tapRows: vertical.taps, tapColumns: horizontal.taps,
            tapRowStep: 0 &- source.rowStride, tapColumnStep: 0 &- lanes,
            weights: packed, pairStride: WeightPacking<V>.pairStride(shape, inputs: shape.outputChannels),
            tapsBefore: tapsBefore, bias: bias, accumulate: accumulate, rectify: false)
          if plan.rows > 0 && plan.columns > 0 { cut.run(unit, plan, V.self) }
          tapsBefore &+= vertical.taps &* horizontal.taps
        }
      }
    }
  }
}

/// The taps of one dimension of a kernel that reach input positions ≡ phase (mod stride): phase + padding − tap must
/// be a multiple of the stride. They are first, first + stride, …; position stride·i + phase sees output i + origin
/// through the first of them, i + origin − 1 through the second, and so on.
@usableFromInline
struct TapPhase {
  @usableFromInline var phase: Int
  @usableFromInline var stride: Int
  @usableFromInline var first: Int
  @usableFromInline var origin: Int
  @usableFromInline var taps: Int

  @inlinable @inline(__always)
  init(_ phase: Int, _ kernel: Int, _ shape: ConvolutionShape) {
    self.phase = phase
    stride = shape.stride
    first = (phase &+ shape.padding) % shape.stride
    origin = (phase &+ shape.padding) / shape.stride
    taps = max(0, (kernel &- first &+ shape.stride &- 1) / shape.stride)
  }

  /// Positions of this phase in 0..<size.
  @inlinable @inline(__always)
  func extent(of size: Int) -> Int {
    max(0, (size &- phase &+ stride &- 1) / stride)
  }

  /// How far outside 0..<outputs these taps reach from the phase's positions in 0..<size.
  @inlinable @inline(__always)
  func halo(_ size: Int, _ outputs: Int) -> Int {
    guard taps > 0 && extent(of: size) > 0 else { return 0 }
    return max(0, taps &- 1 &- origin, extent(of: size) &+ origin &- outputs)
  }
}

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
