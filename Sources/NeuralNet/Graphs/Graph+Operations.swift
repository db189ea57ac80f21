import Kernels

extension Graph {
  mutating func convolution(_ x: Value, _ shape: ConvolutionShape, weight: ParameterID, bias: ParameterID?) -> Value {
    precondition(x.channels == shape.inputChannels, "a convolution reads \(shape.inputChannels) channels")
    let size = shape.outputSize(height: x.height, width: x.width)
    precondition(size.height > 0 && size.width > 0, "a convolution's kernel must fit its padded input")
    return record(
      .convolution(shape, weight: weight, bias: bias), [x],
      ImageShape(channels: shape.outputChannels, height: size.height, width: size.width))
  }

  mutating func transposedConvolution(
    _ x: Value, _ shape: ConvolutionShape, weight: ParameterID, bias: ParameterID?
  ) -> Value {
    precondition(x.channels == shape.inputChannels, "a transposed convolution reads \(shape.inputChannels) channels")
    return record(
      .transposedConvolution(shape, weight: weight, bias: bias), [x],
      ImageShape(channels: shape.outputChannels, height: 2 * x.height, width: 2 * x.width))
  }

  mutating func batchNorm(_ x: Value, _ parameters: BatchNormParameters) -> Value {
    record(.batchNorm(parameters), [x], x.shape)
  }

  /// max(0, x).
  mutating func rectify(_ x: Value) -> Value { record(.rectify, [x], x.shape) }

  mutating func hyperbolicTangent(_ x: Value) -> Value { record(.hyperbolicTangent, [x], x.shape) }

  /// The maximum of each window; padding never wins.
  mutating func maxPool(_ x: Value, size: Int, stride: Int, padding: Int = 0) -> Value {
    let pooled = Self.pooled(x, size: size, stride: stride, padding: padding)
    return record(.maxPool(size: size, stride: stride, padding: padding), [x], pooled)
  }

  mutating func averagePool(_ x: Value, size: Int, stride: Int) -> Value {
    record(.averagePool(size: size, stride: stride), [x], Self.pooled(x, size: size, stride: stride, padding: 0))
  }

  /// The mean of each channel's plane, (N, C, 1, 1). Planes must be square.
  mutating func globalAveragePool(_ x: Value) -> Value {
    precondition(x.height == x.width, "global pooling reads square planes")
    return averagePool(x, size: x.height, stride: x.height)
  }

  mutating func add(_ left: Value, _ right: Value) -> Value {
    precondition(left.shape == right.shape, "terms of a sum have one shape")
    return record(.add, [left, right], left.shape)
  }

  /// Channels of all values, in order.
  mutating func concatenate(_ values: [Value]) -> Value {
    precondition(!values.isEmpty, "a concatenation needs a value")
    var shape = values[0].shape
    for value in values.dropFirst() {
      precondition(value.height == shape.height && value.width == shape.width, "concatenated planes have one size")
      shape.channels += value.channels
    }
    return record(.concatenate, values, shape)
  }

  mutating func flatten(_ x: Value) -> Value {
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

  private static func pooled(_ x: Value, size: Int, stride: Int, padding: Int) -> ImageShape {
    let height = (x.height + 2 * padding - size) / stride + 1
    let width = (x.width + 2 * padding - size) / stride + 1
    precondition(height > 0 && width > 0, "a pooling window must fit its padded input")
    return ImageShape(channels: x.channels, height: height, width: width)
  }
}
