/// Which Winograd algorithm a 3×3 convolution of stride 1 and padding 1 runs: by the outputs of a tile, one way.
///
/// A tile of m × m outputs is made from (m + 2)² products per pair of channels instead of 9·m²: 4 products an output
/// for m = 2, 2.25 for m = 4.
@usableFromInline
package enum WinogradSize: Int, Sendable, CaseIterable {
  /// F(2×2, 3×3): rounds as little as a direct convolution.
  case two = 2
  /// F(4×4, 3×3): rounds about twice as much.
  case four = 4
}

/// A convolution by Winograd's algorithm, or the gradient of its input: how much of what.
@usableFromInline
package struct WinogradTask: Sendable, Hashable {
  @usableFromInline package var size: WinogradSize
  /// Channels of the source and of the destination.
  @usableFromInline package var inputs: Int
  @usableFromInline package var outputs: Int
  @usableFromInline package var images: Int
  @usableFromInline package var height: Int
  @usableFromInline package var width: Int

  @inlinable
  package init(_ size: WinogradSize, from inputs: Int, to outputs: Int, images: Int, height: Int, width: Int) {
    self.size = size
    self.inputs = inputs
    self.outputs = outputs
    self.images = images
    self.height = height
    self.width = width
  }

  /// What a convolution is computed for.
  package enum Pass: Sendable {
    case output, inputGradient, weightGradient
  }

  /// The task that is faster than the direct kernel, if there is one that is exact enough.
  ///
  /// Measured on Zen 3 (AVX2), F(4×4) runs at 1.5 to 3.5 times the direct kernel's speed from 16 channels on, F(2×2) at
  /// 1.3 to 2 times from 32 channels on, whatever the size of the images: F(4×4) but for images so small that its edges
  /// cost more. Ten steps of training stay within what PyTorch's own Float32 differs by from Float64 (the goldens).
  ///
  /// - Parameters:
  ///   - isTrained: Whether the weights change, and are transformed for every run.
  package static func fastest(
    _ shape: ConvolutionShape, for pass: Pass, images: Int, height: Int, width: Int, isTrained: Bool
  ) -> WinogradTask? {
    guard shape.kernelHeight == 3, shape.kernelWidth == 3, shape.stride == 1, shape.padding == 1 else { return nil }
    let channels = min(shape.inputChannels, shape.outputChannels)
    // Products an image, edges included; F(2×2) needs half as long again for each, since it transforms more.
    let four = 36 * ((height + 3) / 4) * ((width + 3) / 4)
    let two = 16 * ((height + 1) / 2) * ((width + 1) / 2) * 3 / 2
    let size = two < four ? WinogradSize.two : .four
    // With fewer channels the transforms take as long as the products they save.
    guard channels >= (size == .two ? 32 : 16) else { return nil }
    guard (size == .two ? two : four) < 8 * height * width else { return nil }
    if isTrained {
      // Transforming a weight takes as long as using it for some 32 tiles.
      let tile = size.rawValue
      guard images * ((height + tile - 1) / tile) * ((width + tile - 1) / tile) >= 32 else { return nil }
    }
    let isBackward = pass == .inputGradient
    return WinogradTask(
      size, from: isBackward ? shape.outputChannels : shape.inputChannels,
      to: isBackward ? shape.inputChannels : shape.outputChannels, images: images, height: height, width: width)
  }
}

/// The transforms of F(m × m, 3 × 3) along one dimension. A transform reads its operands and writes its results a fixed
/// step apart, so that the same code serves rows and columns.
///
/// - Source: Lavin & Gray 2016, section 4; matrices from interpolation points as in Barabasz et al. 2020, section 2.
@usableFromInline
protocol WinogradTransform {
  /// m.
  static var outputs: Int { get }
  /// m + 2: inputs of a tile, products.
  static var points: Int { get }
  /// Bᵀ: m + 2 inputs to m + 2 points.
  static func input<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type)
  /// Aᵀ: m + 2 points to m outputs.
  static func output<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type)
  /// G: 3 weights to m + 2 points.
  static func weights<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type)
  /// A: the gradient of m outputs to m + 2 points.
  static func outputGradient<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type)
  /// Gᵀ: m + 2 points to the gradient of 3 weights.
  static func weightGradient<V: Lanes>(
    _ x: UnsafePointer<Float>, _ step: Int, _ y: UnsafeMutablePointer<Float>, _ to: Int, _ lanes: V.Type)
}

extension WinogradTransform {
  /// Floats that the points of one vector take.
  @inlinable @inline(__always)
  static var products: Int { points &* points }
}
