/// The 2×2 transposed convolution of stride 2: the convolution of the same kernel from its output to its input, run
/// backwards. Its weights (I, O, 2, 2) are that convolution's (O, I, kH, kW).
@usableFromInline
enum TransposedConvolution<V: Lanes> {
  /// The convolution whose input gradient this is.
  @inlinable @inline(__always)
  static func mirrored(_ shape: ConvolutionShape) -> ConvolutionShape {
    precondition(shape.kernelHeight == 2 && shape.kernelWidth == 2 && shape.stride == 2 && shape.padding == 0)
    var mirror = shape
    mirror.inputChannels = shape.outputChannels
    mirror.outputChannels = shape.inputChannels
    return mirror
  }

  @inlinable
  static func packForward(
    _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
  ) {
    WeightPacking<V>.backward(mirrored(shape), weights, packed)
  }

  @inlinable
  static func packBackward(
    _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
  ) {
    WeightPacking<V>.forward(mirrored(shape), weights, packed)
  }

  @inlinable
  static func forwardUnits(_ shape: ConvolutionShape, _ output: Activation) -> Int {
    Convolution<V>.inputGradientUnits(mirrored(shape), output)
  }

  @inlinable
  static func forward(
    _ shape: ConvolutionShape, _ input: Activation, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
    _ output: Activation, _ units: Range<Int>
  ) {
    Convolution<V>.spread(mirrored(shape), input, packed, bias, false, output, units)
  }

  @inlinable
  static func inputGradientUnits(_ shape: ConvolutionShape, _ inputGradient: Activation) -> Int {
    Convolution<V>.forwardUnits(mirrored(shape), inputGradient)
  }

  @inlinable
  static func inputGradient(
    _ shape: ConvolutionShape, _ outputGradient: Activation, _ packed: UnsafePointer<Float>, _ accumulate: Bool,
    _ inputGradient: Activation, _ units: Range<Int>
  ) {
    Convolution<V>.correlate(
      mirrored(shape), outputGradient, packed, nil, nil, false, accumulate, inputGradient, units)
  }

  @inlinable
  static func weightGradientUnits(_ shape: ConvolutionShape) -> Int {
    WeightGradient<V>.units(mirrored(shape))
  }

  @inlinable
  static func weightGradient(
    _ shape: ConvolutionShape, _ input: Activation, _ outputGradient: Activation,
    _ weightGradient: UnsafeMutablePointer<Float>, _ units: Range<Int>
  ) {
    WeightGradient<V>.run(mirrored(shape), outputGradient, input, weightGradient, units)
  }
}
