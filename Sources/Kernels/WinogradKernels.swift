/// The Winograd kernels of one lane type, for either size of tile. They compute what `KernelTable`'s direct kernels do
/// for 3×3 convolutions of stride 1 and padding 1; sources must have a halo of 1.
@usableFromInline
package struct WinogradKernels: Sendable {
  /// Floats of transformed weights, and how many units pack them.
  @usableFromInline package var packedCount: @Sendable (WinogradSize, ConvolutionShape, _ isBackward: Bool) -> Int
  @usableFromInline package var packingUnits: @Sendable (ConvolutionShape, _ isBackward: Bool) -> Int
  /// Transforms weights, (O, I, 3, 3), for the forward pass or for the gradient of the input.
  @usableFromInline package var pack:
    @Sendable (
      _ size: WinogradSize, _ shape: ConvolutionShape, _ isBackward: Bool, _ weights: UnsafePointer<Float>,
      _ packed: UnsafeMutablePointer<Float>, _ units: Range<Int>
    ) -> Void
  @usableFromInline package var units: @Sendable (WinogradTask) -> Int
  /// Floats of memory that a caller of `convolve` needs for itself while it runs.
  @usableFromInline package var scratchCount: @Sendable (WinogradTask) -> Int
  /// As `KernelTable.convolve`; with weights packed for it, also `convolveInputGradient`.
  @usableFromInline package var convolve:
    @Sendable (
      _ task: WinogradTask, _ source: Activation, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
      _ addend: Activation?, _ rectify: Bool, _ accumulate: Bool, _ destination: Activation,
      _ scratch: UnsafeMutablePointer<Float>, _ units: Range<Int>
    ) -> Void

  /// Units of `sumWeightGradient`, whose task is the forward pass's.
  @usableFromInline package var weightGradientUnits: @Sendable (WinogradTask) -> Int
  /// Floats of memory that a caller of `sumWeightGradient` needs for itself while it runs.
  @usableFromInline package var weightGradientScratchCount: @Sendable (WinogradTask) -> Int
  /// Floats that `sumWeightGradient` leaves for `finishWeightGradient`.
  @usableFromInline package var weightGradientSumsCount: @Sendable (WinogradTask) -> Int
  @usableFromInline package var sumWeightGradient:
    @Sendable (
      _ task: WinogradTask, _ input: Activation, _ outputGradient: Activation, _ sums: UnsafeMutablePointer<Float>,
      _ scratch: UnsafeMutablePointer<Float>, _ units: Range<Int>
    ) -> Void
  /// weightGradient, in (O, I, 3, 3), is overwritten from all units' sums. Units are input channels.
  @usableFromInline package var finishWeightGradient:
    @Sendable (
      _ task: WinogradTask, _ sums: UnsafePointer<Float>, _ weightGradient: UnsafeMutablePointer<Float>,
      _ units: Range<Int>
    ) -> Void

  @inlinable
  init<V: Lanes>(lanes: V.Type) {
    packedCount = { size, shape, isBackward in
      let inputs = isBackward ? shape.outputChannels : shape.inputChannels
      let outputs = isBackward ? shape.inputChannels : shape.outputChannels
      return switch size {
      case .two: WinogradWeights<V, WinogradTwo>.count(from: inputs, to: outputs)
      case .four: WinogradWeights<V, WinogradFour>.count(from: inputs, to: outputs)
      }
    }
    packingUnits = { shape, isBackward in
      WinogradWeights<V, WinogradTwo>.units(to: isBackward ? shape.inputChannels : shape.outputChannels)
    }
    pack = { size, shape, isBackward, weights, packed, units in
      switch size {
      case .two: WinogradWeights<V, WinogradTwo>.pack(shape, isBackward, weights, packed, units)
      case .four: WinogradWeights<V, WinogradFour>.pack(shape, isBackward, weights, packed, units)
      }
    }
    units = { task in
      switch task.size {
      case .two: Winograd<V, WinogradTwo>.cut(task).count
      case .four: Winograd<V, WinogradFour>.cut(task).count
      }
    }
    scratchCount = { task in
      switch task.size {
      case .two: Winograd<V, WinogradTwo>.cut(task).scratchCount
      case .four: Winograd<V, WinogradFour>.cut(task).scratchCount
      }
    }
    convolve = { task, source, packed, bias, addend, rectify, accumulate, destination, scratch, units in
      let end = WinogradEnd(bias: bias, addend: addend, rectify: rectify, accumulate: accumulate)
      switch task.size {
      case .two: Winograd<V, WinogradTwo>.run(task, source, packed, end, destination, scratch, units)
      case .four: Winograd<V, WinogradFour>.run(task, source, packed, end, destination, scratch, units)
      }
    }
    weightGradientUnits = { task in
      switch task.size {
      case .two: WinogradGradient<V, WinogradTwo>.cut(task).count
      case .four: WinogradGradient<V, WinogradFour>.cut(task).count
      }
    }
    weightGradientScratchCount = { task in
      switch task.size {
      case .two: WinogradGradient<V, WinogradTwo>.cut(task).scratchCount
      case .four: WinogradGradient<V, WinogradFour>.cut(task).scratchCount
      }
    }
    weightGradientSumsCount = { task in
      switch task.size {
      case .two: WinogradGradient<V, WinogradTwo>.cut(task).sumsCount
      case .four: WinogradGradient<V, WinogradFour>.cut(task).sumsCount
      }
    }
    sumWeightGradient = { task, input, gradient, sums, scratch, units in
      switch task.size {
      case .two: WinogradGradient<V, WinogradTwo>.sum(task, input, gradient, sums, scratch, units)
      case .four: WinogradGradient<V, WinogradFour>.sum(task, input, gradient, sums, scratch, units)
      }
    }
    finishWeightGradient = { task, sums, weightGradient, units in
      switch task.size {
      case .two: WinogradGradient<V, WinogradTwo>.finish(task, sums, weightGradient, units)
      case .four: WinogradGradient<V, WinogradFour>.finish(task, sums, weightGradient, units)
      }
    }
  }
}
