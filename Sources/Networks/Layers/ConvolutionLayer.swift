import Kernels
import NeuralNet

/// A 2-d convolution: `name.weight` (O, I, k, k) and, with a bias, `name.bias` (O).
struct ConvolutionLayer {
  var name: String
  var inputs: Int
  var outputs: Int
  var kernel: Int
  var stride = 1
  var padding = 0
  var hasBias = true
  var start = Start.uniform

  /// How the weights start.
  enum Start: Sendable {
    /// PyTorch's default, for the bias too.
    case uniform
    /// Kaiming normal, for convolutions before a batch norm or a ReLU; the bias starts at 0.
    case kaimingByFanOut
    case kaimingByFanIn
  }

  func callAsFunction(_ x: Value, in graph: inout Graph) -> Value {
    let taps = kernel * kernel
    let (weightStart, biasStart): (Initialization, Initialization) =
      switch start {
      case .uniform: (.uniform(fanIn: inputs * taps), .uniform(fanIn: inputs * taps))
      case .kaimingByFanOut: (.kaimingNormal(fan: outputs * taps), .constant(0))
      case .kaimingByFanIn: (.kaimingNormal(fan: inputs * taps), .constant(0))
      }
    let weight = graph.parameter("\(name).weight", [outputs, inputs, kernel, kernel], weightStart)
    let bias = hasBias ? graph.parameter("\(name).bias", [outputs], biasStart) : nil
    let shape = ConvolutionShape(
      inputChannels: inputs, outputChannels: outputs, kernelHeight: kernel, kernelWidth: kernel, stride: stride,
      padding: padding)
    return graph.convolution(x, shape, weight: weight, bias: bias)
  }
}

/// A 2×2 transposed convolution of stride 2, which doubles height and width: `name.weight` (I, O, 2, 2), `name.bias`
/// (O).
struct TransposedConvolutionLayer {
  var name: String
  var inputs: Int
  var outputs: Int

  func callAsFunction(_ x: Value, in graph: inout Graph) -> Value {
    // PyTorch computes the fan-in of a transposed convolution from its second axis.
    let fanIn = outputs * 4
    let weight = graph.parameter("\(name).weight", [inputs, outputs, 2, 2], .uniform(fanIn: fanIn))
    let bias = graph.parameter("\(name).bias", [outputs], .uniform(fanIn: fanIn))
    let shape = ConvolutionShape(
      inputChannels: inputs, outputChannels: outputs, kernelHeight: 2, kernelWidth: 2, stride: 2, padding: 0)
    return graph.transposedConvolution(x, shape, weight: weight, bias: bias)
  }
}

/// A linear layer over (N, I, 1, 1): `name.weight` (O, I), `name.bias` (O).
struct LinearLayer {
  var name: String
  var inputs: Int
  var outputs: Int
  /// PyTorch's default: uniform in ±1/√I, for the bias too.
  var start: Initialization?
  var biasStart: Initialization?

  func callAsFunction(_ x: Value, in graph: inout Graph) -> Value {
    precondition(x.height == 1 && x.width == 1, "a linear layer reads flat features")
    let uniform = Initialization.uniform(fanIn: inputs)
    let weight = graph.parameter("\(name).weight", [outputs, inputs], start ?? uniform)
    let bias = graph.parameter("\(name).bias", [outputs], biasStart ?? uniform)
    let shape = ConvolutionShape(inputChannels: inputs, outputChannels: outputs, kernelHeight: 1, kernelWidth: 1)
    return graph.convolution(x, shape, weight: weight, bias: bias)
  }
}
