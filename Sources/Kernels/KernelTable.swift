/// One complete set of kernels for one lane type, chosen once at start (see `NeuralNet`'s `Processor`).
///
/// Every operation is single-threaded and computes the *units* it is told to; the caller deals units to threads. What a
/// unit computes never depends on which other units run beside it, so results are the same bits for any split. All
/// pointers are to Float32. Weights are in PyTorch's layouts: convolution (O, I, kH, kW), transposed convolution
/// (I, O, 2, 2), linear (O, I); kernels want them packed, and packing is an operation of its own, done once per step.
///
/// `accumulate` adds to what the destination holds instead of overwriting it (a tensor with several consumers receives
/// the sum of their gradients).
@usableFromInline
package struct KernelTable: Sendable {
  /// "avx512", "avx2", "neon", "sse2" (or "portable").
  @usableFromInline package var name: String
  /// L: channels in a block, floats in a vector.
  @usableFromInline package var lanes: Int

  // MARK: Convolution and linear (a linear layer is a 1×1 convolution on 1×1 images)

  /// Floats that packed weights take, for the forward and for the input-gradient pass.
  @usableFromInline package var packedForwardCount: @Sendable (ConvolutionShape) -> Int
  @usableFromInline package var packedBackwardCount: @Sendable (ConvolutionShape) -> Int
  @usableFromInline package var packForward:
    @Sendable (
      _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
    ) -> Void
  @usableFromInline package var packBackward:
    @Sendable (
      _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
    ) -> Void
  /// Halo that the input (forward, weight gradient) and the output gradient (input gradient) must at least have, for
  /// any height and width. A transposed convolution needs none.
  @usableFromInline package var forwardHalo: @Sendable (ConvolutionShape) -> Int
  @usableFromInline package var backwardHalo: @Sendable (ConvolutionShape) -> Int
  @usableFromInline package var convolutionUnits: @Sendable (ConvolutionShape, _ output: Activation) -> Int
  /// output = W ∗ input (+ bias) (+ addend), then max(0, ·) when `rectify`. `bias` has outputChannels floats
  /// (unpadded); `addend` may not be `output` itself, which holds sums that are not finished yet.
  @usableFromInline package var convolve:
    @Sendable (
      _ shape: ConvolutionShape, _ input: Activation, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
      _ addend: Activation?, _ rectify: Bool, _ output: Activation, _ units: Range<Int>
    ) -> Void
  @usableFromInline package var inputGradientUnits: @Sendable (ConvolutionShape, _ inputGradient: Activation) -> Int
  @usableFromInline package var convolveInputGradient:
    @Sendable (
      _ shape: ConvolutionShape, _ outputGradient: Activation, _ packed: UnsafePointer<Float>, _ accumulate: Bool,
      _ inputGradient: Activation, _ units: Range<Int>
    ) -> Void
  @usableFromInline package var weightGradientUnits: @Sendable (ConvolutionShape) -> Int
  /// weightGradient, in (O, I, kH, kW), is overwritten. Each unit owns some of its elements and sums all images in
  /// order.
  @usableFromInline package var convolveWeightGradient:
    @Sendable (
      _ shape: ConvolutionShape, _ input: Activation, _ outputGradient: Activation,
      _ weightGradient: UnsafeMutablePointer<Float>, _ units: Range<Int>
    ) -> Void
  /// Sum of a gradient over N, H, W per channel (a bias' gradient); units are channel blocks. `sums` has C floats.
  @usableFromInline package var channelSums:
    @Sendable (_ gradient: Activation, _ sums: UnsafeMutablePointer<Float>, _ units: Range<Int>) -> Void

  /// For 3×3 convolutions of stride 1 and padding 1, beside the kernels above.
  @usableFromInline package var winograd: WinogradKernels

  // MARK: Transposed convolution (kernel 2, stride 2, padding 0): (N, I, H, W) → (N, O, 2H, 2W)

  @usableFromInline package var packTransposedForward:
    @Sendable (
      _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
    ) -> Void
  @usableFromInline package var packTransposedBackward:
    @Sendable (
      _ shape: ConvolutionShape, _ weights: UnsafePointer<Float>, _ packed: UnsafeMutablePointer<Float>
    ) -> Void
  @usableFromInline package var transposedUnits: @Sendable (ConvolutionShape, _ output: Activation) -> Int
  @usableFromInline package var convolveTransposed:
    @Sendable (
      _ shape: ConvolutionShape, _ input: Activation, _ packed: UnsafePointer<Float>, _ bias: UnsafePointer<Float>?,
      _ output: Activation, _ units: Range<Int>
    ) -> Void
  @usableFromInline package var transposedInputGradientUnits:
    @Sendable (ConvolutionShape, _ inputGradient: Activation) -> Int
  @usableFromInline package var convolveTransposedInputGradient:
    @Sendable (
      _ shape: ConvolutionShape, _ outputGradient: Activation, _ packed: UnsafePointer<Float>, _ accumulate: Bool,
      _ inputGradient: Activation, _ units: Range<Int>
    ) -> Void
  @usableFromInline package var transposedWeightGradientUnits: @Sendable (ConvolutionShape) -> Int
  @usableFromInline package var convolveTransposedWeightGradient:
    @Sendable (
      _ shape: ConvolutionShape, _ input: Activation, _ outputGradient: Activation,
      _ weightGradient: UnsafeMutablePointer<Float>, _ units: Range<Int>
    ) -> Void

  // MARK: Batch norm. Per-channel vectors have ⌈C/L⌉·L floats, padding channels hold zero.

  /// Mean and biased variance over N, H, W; units are channel blocks. Two passes, so that the variance does not cancel.
  @usableFromInline package var batchStatistics:
    @Sendable (
      _ input: Activation, _ mean: UnsafeMutablePointer<Float>, _ variance: UnsafeMutablePointer<Float>,
      _ units: Range<Int>
    ) -> Void
  /// output = input·scale + shift (+ addend), then max(0, ·) when `rectify`; units are images.
  @usableFromInline package var scaleShift:
    @Sendable (
      _ input: Activation, _ scale: UnsafePointer<Float>, _ shift: UnsafePointer<Float>, _ addend: Activation?,
      _ rectify: Bool, _ output: Activation, _ units: Range<Int>
    ) -> Void
  /// Per channel: Σ g and Σ g·(x − mean)·inverseDeviation, where g = outputGradient, zeroed where `output` ≤ 0 if an
  /// `output` is given (a fused ReLU). Units are channel blocks.
  @usableFromInline package var batchNormReductions:
    @Sendable (
      _ input: Activation, _ output: Activation?, _ outputGradient: Activation, _ mean: UnsafePointer<Float>,
      _ inverseDeviation: UnsafePointer<Float>, _ sum: UnsafeMutablePointer<Float>, _ dot: UnsafeMutablePointer<Float>,
      _ units: Range<Int>
    ) -> Void
  /// inputGradient (+)= g·a + (x − mean)·b + c per channel, g as above; units are images. Training mode sets
  /// a = γ/σ, b = −a·dot/(M·σ), c = −a·sum/M with M = N·H·W; inference mode sets b = c = 0.
  @usableFromInline package var batchNormInputGradient:
    @Sendable (
      _ input: Activation, _ output: Activation?, _ outputGradient: Activation, _ mean: UnsafePointer<Float>,
      _ a: UnsafePointer<Float>, _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, _ accumulate: Bool,
      _ inputGradient: Activation, _ units: Range<Int>
    ) -> Void

  // MARK: Elementwise; units are images

  @usableFromInline package var rectify:
    @Sendable (_ input: Activation, _ output: Activation, _ units: Range<Int>) -> Void
  /// inputGradient (+)= outputGradient where output > 0.
  @usableFromInline package var rectifyGradient:
    @Sendable (
      _ output: Activation, _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation,
      _ units: Range<Int>
    ) -> Void
  @usableFromInline package var hyperbolicTangent:
    @Sendable (_ input: Activation, _ output: Activation, _ units: Range<Int>) -> Void
  /// inputGradient (+)= outputGradient·(1 − output²).
  @usableFromInline package var hyperbolicTangentGradient:
    @Sendable (
      _ output: Activation, _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation,
      _ units: Range<Int>
    ) -> Void
  /// output (+)= input.
  @usableFromInline package var copy:
    @Sendable (_ input: Activation, _ accumulate: Bool, _ output: Activation, _ units: Range<Int>) -> Void
  /// output = left + right.
  @usableFromInline package var add:
    @Sendable (_ left: Activation, _ right: Activation, _ output: Activation, _ units: Range<Int>) -> Void
  /// output (+)= left·right.
  @usableFromInline package var multiply:
    @Sendable (
      _ left: Activation, _ right: Activation, _ accumulate: Bool, _ output: Activation, _ units: Range<Int>
    ) -> Void
  /// Copies channels `channels` of input to output's channels starting at `at`, adding when `accumulate`; any
  /// alignment.
  @usableFromInline package var copyChannels:
    @Sendable (
      _ input: Activation, _ channels: Range<Int>, _ output: Activation, _ at: Int, _ accumulate: Bool,
      _ units: Range<Int>
    ) -> Void
  /// Writes zeros to the halo.
  @usableFromInline package var clearHalo: @Sendable (_ activation: Activation, _ units: Range<Int>) -> Void
  /// The generator's head (SSCL-BW §III-B1): output = clip(image + ε·perturbation, 0, 1), and then, when `round8`, to
  /// the nearest k/255 that is within ε of the image and inside [0, 1]. Images are in [0, 1], ε too.
  @usableFromInline package var perturb:
    @Sendable (
      _ image: Activation, _ perturbation: Activation, _ epsilon: Float, _ round8: Bool, _ output: Activation,
      _ units: Range<Int>
    ) -> Void
  /// perturbationGradient (+)= ε·outputGradient where the clip is inactive (rounding is straight-through).
  @usableFromInline package var perturbGradient:
    @Sendable (
      _ image: Activation, _ perturbation: Activation, _ epsilon: Float, _ outputGradient: Activation,
      _ accumulate: Bool, _ perturbationGradient: Activation, _ units: Range<Int>
    ) -> Void

  // MARK: Pooling; units are images

  /// Max pooling, padding −∞; first maximum in row-major order wins, as in PyTorch. The output may have one row or
  /// column more than whole windows fit (PyTorch's `ceil_mode`).
  @usableFromInline package var maxPool:
    @Sendable (
      _ input: Activation, _ size: Int, _ stride: Int, _ padding: Int, _ output: Activation, _ units: Range<Int>
    ) -> Void
  @usableFromInline package var maxPoolGradient:
    @Sendable (
      _ input: Activation, _ size: Int, _ stride: Int, _ padding: Int, _ outputGradient: Activation,
      _ accumulate: Bool, _ inputGradient: Activation, _ units: Range<Int>
    ) -> Void
  @usableFromInline package var averagePool:
    @Sendable (_ input: Activation, _ size: Int, _ stride: Int, _ output: Activation, _ units: Range<Int>) -> Void
  @usableFromInline package var averagePoolGradient:
    @Sendable (
      _ size: Int, _ stride: Int, _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation,
      _ units: Range<Int>
    ) -> Void

  /// Each output pixel is the mean of an even share of the plane (PyTorch's `AdaptiveAvgPool2d`); any two sizes.
  @usableFromInline package var adaptiveAveragePool:
    @Sendable (_ input: Activation, _ output: Activation, _ units: Range<Int>) -> Void
  @usableFromInline package var adaptiveAveragePoolGradient:
    @Sendable (
      _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation, _ units: Range<Int>
    ) -> Void
  /// Bilinear, corners of the pixels' areas aligned; any two sizes.
  @usableFromInline package var interpolate:
    @Sendable (_ input: Activation, _ output: Activation, _ units: Range<Int>) -> Void
  @usableFromInline package var interpolateGradient:
    @Sendable (
      _ outputGradient: Activation, _ accumulate: Bool, _ inputGradient: Activation, _ units: Range<Int>
    ) -> Void
  /// output (+)= input·(0 with probability `rate`, 1/(1 − rate) otherwise), the choice being a function of `key` and
  /// the element's place; its own gradient.
  @usableFromInline package var dropout:
    @Sendable (
      _ input: Activation, _ key: UInt64, _ rate: Float, _ accumulate: Bool, _ output: Activation,
      _ units: Range<Int>
    ) -> Void

  // MARK: Layout; units are images

  /// (N, C, H, W) bytes → blocked value/255.
  @usableFromInline package var importBytes:
    @Sendable (_ bytes: UnsafePointer<UInt8>, _ output: Activation, _ units: Range<Int>) -> Void
  /// Blocked in [0, 1] → (N, C, H, W) bytes, nearest.
  @usableFromInline package var exportBytes:
    @Sendable (_ input: Activation, _ bytes: UnsafeMutablePointer<UInt8>, _ units: Range<Int>) -> Void
  /// (N, C, H, W) floats ↔ blocked. `channelsOf` flattening (C·H·W features to (N, C·H·W, 1, 1)) is an export then an
  /// import.
  @usableFromInline package var importFloats:
    @Sendable (_ floats: UnsafePointer<Float>, _ output: Activation, _ units: Range<Int>) -> Void
  @usableFromInline package var exportFloats:
    @Sendable (_ input: Activation, _ floats: UnsafeMutablePointer<Float>, _ units: Range<Int>) -> Void

  // MARK: Losses; units are images

  /// Σ over pixels of one image of |â − b̂|², divided by H·W, where ·̂ divides by √(Σ_c ·² + 1e-10) per pixel
  /// (METHODS §6 with unit weights): one float per image in `distances`.
  @usableFromInline package var featureDistance:
    @Sendable (_ a: Activation, _ b: Activation, _ distances: UnsafeMutablePointer<Float>, _ units: Range<Int>) -> Void
  /// aGradient (+)= scale · ∂ Σ_n distance_n / ∂a.
  @usableFromInline package var featureDistanceGradient:
    @Sendable (
      _ a: Activation, _ b: Activation, _ scale: Float, _ accumulate: Bool, _ aGradient: Activation,
      _ units: Range<Int>
    ) -> Void
  /// The same with the squares weighted per channel (METHODS §6); `weights` has ⌈C/L⌉·L floats.
  @usableFromInline package var weightedFeatureDistance:
    @Sendable (
      _ a: Activation, _ b: Activation, _ weights: UnsafePointer<Float>, _ distances: UnsafeMutablePointer<Float>,
      _ units: Range<Int>
    ) -> Void
  @usableFromInline package var weightedFeatureDistanceGradient:
    @Sendable (
      _ a: Activation, _ b: Activation, _ weights: UnsafePointer<Float>, _ scale: Float, _ accumulate: Bool,
      _ aGradient: Activation, _ units: Range<Int>
    ) -> Void
  /// Σ (a − b)² of one image divided by C·H·W.
  @usableFromInline package var squaredError:
    @Sendable (_ a: Activation, _ b: Activation, _ errors: UnsafeMutablePointer<Float>, _ units: Range<Int>) -> Void
  @usableFromInline package var squaredErrorGradient:
    @Sendable (
      _ a: Activation, _ b: Activation, _ scale: Float, _ accumulate: Bool, _ aGradient: Activation,
      _ units: Range<Int>
    ) -> Void

  // MARK: Optimisers, over flat arrays of `count` floats

  /// Adam as in Kingma & Ba 2015 and torch.optim.Adam: g += weightDecay·w; m, v moments; `step` counts from 1.
  @usableFromInline package var adam:
    @Sendable (
      _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ first: UnsafeMutablePointer<Float>,
      _ second: UnsafeMutablePointer<Float>, _ count: Int, _ rate: Float, _ beta1: Float, _ beta2: Float,
      _ epsilon: Float, _ weightDecay: Float, _ step: Int
    ) -> Void
  /// torch.optim.SGD: g += weightDecay·w; v = momentum·v + g; w −= rate·v (Nesterov: w −= rate·(g + momentum·v)).
  @usableFromInline package var sgd:
    @Sendable (
      _ weights: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ velocity: UnsafeMutablePointer<Float>,
      _ count: Int, _ rate: Float, _ momentum: Float, _ nesterov: Bool, _ weightDecay: Float
    ) -> Void
}

extension KernelTable: CustomStringConvertible {
  @usableFromInline package var description: String { name }
}
