import Foundations
package import Kernels

extension Graph {
  package mutating func convolution(_ x: Value, _ shape: ConvolutionShape, weight: ParameterID, bias: ParameterID?)
    -> Value
  {
    precondition(x.channels == shape.inputChannels, "a convolution reads \(shape.inputChannels) channels")
    let size = shape.outputSize(height: x.height, width: x.width)
    precondition(size.height > 0 && size.width > 0, "a convolution's kernel must fit its padded input")
    return record(
      .convolution(shape, weight: weight, bias: bias), [x],
      ImageShape(channels: shape.outputChannels, height: size.height, width: size.width))
  }

  package mutating func transposedConvolution(
    _ x: Value, _ shape: ConvolutionShape, weight: ParameterID, bias: ParameterID?
  ) -> Value {
    precondition(x.channels == shape.inputChannels, "a transposed convolution reads \(shape.inputChannels) channels")
    return record(
      .transposedConvolution(shape, weight: weight, bias: bias), [x],
      ImageShape(channels: shape.outputChannels, height: 2 * x.height, width: 2 * x.width))
  }

  package mutating func batchNorm(_ x: Value, _ parameters: BatchNormParameters) -> Value {
    record(.batchNorm(parameters), [x], x.shape)
  }

  /// max(0, x).
  package mutating func rectify(_ x: Value) -> Value { record(.rectify, [x], x.shape) }

  package mutating func hyperbolicTangent(_ x: Value) -> Value { record(.hyperbolicTangent, [x], x.shape) }

  /// The maximum of each window; padding never wins.
  ///
  /// - Parameter roundsUp: The last window of a row or column may reach past the end (PyTorch's `ceil_mode`).
  package mutating func maxPool(_ x: Value, size: Int, stride: Int, padding: Int = 0, roundsUp: Bool = false) -> Value {
    let pooled = Self.pooled(x, size: size, stride: stride, padding: padding, roundsUp: roundsUp)
    return record(.maxPool(size: size, stride: stride, padding: padding), [x], pooled)
  }

  package mutating func averagePool(_ x: Value, size: Int, stride: Int) -> Value {
    record(.averagePool(size: size, stride: stride), [x], Self.pooled(x, size: size, stride: stride, padding: 0))
  }

  /// The means of even shares of each channel's plane, (N, C, height, width).
  package mutating func adaptiveAveragePool(_ x: Value, height: Int, width: Int) -> Value {
    precondition(height > 0 && width > 0, "a pooled plane has pixels")
    if height == x.height, width == x.width { return x }
    return record(.adaptiveAveragePool, [x], ImageShape(channels: x.channels, height: height, width: width))
  }

  /// The mean of each channel's plane, (N, C, 1, 1).
  package mutating func globalAveragePool(_ x: Value) -> Value {
    x.height == x.width
      ? averagePool(x, size: x.height, stride: x.height) : adaptiveAveragePool(x, height: 1, width: 1)
  }

  /// Bilinear interpolation to another size, with the corners of the pixels' areas aligned (PyTorch's
  /// `align_corners=False`).
  package mutating func interpolate(_ x: Value, height: Int, width: Int) -> Value {
    precondition(height > 0 && width > 0, "an interpolated plane has pixels")
    if height == x.height, width == x.width { return x }
    return record(.interpolate, [x], ImageShape(channels: x.channels, height: height, width: width))
  }

  /// x·scale + shift, per channel.
  package mutating func affine(_ x: Value, scale: [Float], shift: [Float]) -> Value {
    precondition(scale.count == x.channels && shift.count == x.channels, "an affine map has a term per channel")
    return record(.affine(scale: scale, shift: shift), [x], x.shape)
  }

  /// Drops elements while the network learns, anew in every step and by the plan's seed.
  ///
  /// - Parameter rate: Share of the elements that become zero, in [0, 1).
  package mutating func dropout(_ x: Value, rate: Float) -> Value {
    precondition(rate >= 0 && rate < 1, "a dropout rate is in [0, 1)")
    return rate == 0 ? x : record(.dropout(rate: rate), [x], x.shape)
  }

  package mutating func add(_ left: Value, _ right: Value) -> Value {
    precondition(left.shape == right.shape, "terms of a sum have one shape")
    return record(.add, [left, right], left.shape)
  }

  package mutating func multiply(_ left: Value, _ right: Value) -> Value {
    precondition(left.shape == right.shape, "factors of a product have one shape")
    return record(.multiply, [left, right], left.shape)
  }

  /// Channels of all values, in order.
  package mutating func concatenate(_ values: [Value]) -> Value {
    precondition(!values.isEmpty, "a concatenation needs a value")
    var shape = values[0].shape
    for value in values.dropFirst() {
      precondition(value.height == shape.height && value.width == shape.width, "concatenated planes have one size")
      shape.channels += value.channels
    }
    return record(.concatenate, values, shape)
  }

  package mutating func flatten(_ x: Value) -> Value {
    if x.height == 1, x.width == 1 { return x }
    return record(.flatten, [x], ImageShape(channels: x.shape.count, height: 1, width: 1))
  }

  /// The generator's head: clip(image + ε·tanh(u), 0, 1), rounded to 8 bits where asked, with a straight-through
  /// gradient.
  ///
  /// - Parameter epsilon: ε in [0, 1], for example 8/255.
  /// - Source: SSCL-BW, section III-C.
  package mutating func perturb(_ image: Value, by u: Value, epsilon: Float, rounding: Bool = true) -> Value {
    precondition(image.shape == u.shape, "a perturbation has its image's shape")
    return record(
      .perturb(epsilon: epsilon, rounding: rounding), [image, hyperbolicTangent(u)], image.shape)
  }

  /// How strongly each value carries a mark: (tanh u + 1)/2, in (0, 1).
  package mutating func strength(_ u: Value) -> Value {
    let half = [Float](repeating: 0.5, count: u.channels)
    return affine(hyperbolicTangent(u), scale: half, shift: half)
  }

  /// A keyed mark's head: clip(image + ε·strength(u)·carrier, 0, 1), rounded to 8 bits with a straight-through gradient.
  ///
  /// - Parameters:
  ///   - carrier: Images of ±1, given as 1 for + and 0 for −.
  ///   - epsilon: ε in [0, 1], for example 8/255.
  /// - Source: METHODS §7.
  package mutating func perturb(
    _ image: Value, along carrier: Value, by u: Value, epsilon: Float, rounding: Bool = true
  ) -> Value {
    precondition(image.shape == u.shape && carrier.shape == u.shape, "a perturbation has its image's shape")
    let signs = affine(
      carrier, scale: [Float](repeating: 2, count: u.channels), shift: [Float](repeating: -1, count: u.channels))
    return record(
      .perturb(epsilon: epsilon, rounding: rounding), [image, multiply(strength(u), signs)], image.shape)
  }

  private static func pooled(
    _ x: Value, size: Int, stride: Int, padding: Int, roundsUp: Bool = false
  ) -> ImageShape {
    func windows(_ extent: Int) -> Int {
      let rest = extent + 2 * padding - size
      precondition(rest >= 0, "a pooling window must fit its padded input")
      let whole = rest / stride + 1
      // A cut window that began in the padding behind the plane would hold nothing.
      return roundsUp && rest % stride != 0 && whole * stride < extent + padding ? whole + 1 : whole
    }
    return ImageShape(channels: x.channels, height: windows(x.height), width: windows(x.width))
  }
}
