import Foundations
import Kernels

/// A convolution that is timed, with the images that it runs on.
struct ConvolutionCase: Sendable {
  var shape: ConvolutionShape
  /// H = W of the input.
  var size: Int
  var images: Int
  /// 2×2, stride 2, from H×W to 2H×2W; `shape`'s inputs are its inputs.
  var isTransposed = false

  /// A padded convolution with a square kernel.
  init(_ kernel: Int, _ inputs: Int, _ outputs: Int, at size: Int, stride: Int = 1, images: Int = 128) {
    shape = ConvolutionShape(
      inputChannels: inputs, outputChannels: outputs, kernelHeight: kernel, kernelWidth: kernel, stride: stride,
      padding: kernel / 2)
    self.size = size
    self.images = images
  }

  init(transposed inputs: Int, _ outputs: Int, at size: Int) {
    shape = ConvolutionShape(
      inputChannels: inputs, outputChannels: outputs, kernelHeight: 2, kernelWidth: 2, stride: 2)
    self.size = size
    images = 128
    isTransposed = true
  }

  var input: ImageShape { ImageShape(channels: shape.inputChannels, height: size, width: size) }

  var output: ImageShape {
    let side = isTransposed ? 2 * size : shape.outputSize(height: size, width: size).height
    return ImageShape(channels: shape.outputChannels, height: side, width: side)
  }

  /// 10⁹ products and sums of one pass, padding included; all three passes have the same.
  var gigaoperations: Double {
    let taps = shape.kernelHeight * shape.kernelWidth * shape.inputChannels * shape.outputChannels
    let side = isTransposed ? size : output.height
    return 2 * Double(images) * Double(taps) * Double(side * side) / 1e9
  }

  /// `convolution/3x3/64-64/32x32/batch128`, `convolution/3x3s2/…`, `convolution/2x2t/…` when transposed.
  var name: String {
    let kind = isTransposed ? "t" : shape.stride > 1 ? "s\(shape.stride)" : ""
    return "convolution/\(shape.kernelHeight)x\(shape.kernelWidth)\(kind)"
      + "/\(shape.inputChannels)-\(shape.outputChannels)/\(size)x\(size)/batch\(images)"
  }

  /// 3×3 with 32…512 channels from 32×32 down to 4×4, as in the U-Net and ResNet-18 of their published widths.
  static let inner: [ConvolutionCase] = [
    (32, 32), (64, 32), (64, 16), (128, 32), (128, 16), (128, 8), (256, 16), (256, 8), (256, 4), (512, 8), (512, 4),
  ].map { channels, size in ConvolutionCase(3, channels, channels, at: size) }

  /// First layers, 1×1, 5×5, 7×7, stride 2, transposed.
  static let outer: [ConvolutionCase] = [
    ConvolutionCase(3, 3, 64, at: 32), ConvolutionCase(3, 1, 32, at: 28), ConvolutionCase(3, 3, 32, at: 32),
    ConvolutionCase(7, 3, 64, at: 224, stride: 2, images: 8), ConvolutionCase(1, 32, 3, at: 32),
    ConvolutionCase(1, 64, 64, at: 32), ConvolutionCase(1, 256, 256, at: 8), ConvolutionCase(5, 1, 32, at: 28),
    ConvolutionCase(5, 64, 64, at: 16), ConvolutionCase(7, 64, 64, at: 16),
    ConvolutionCase(1, 64, 128, at: 32, stride: 2), ConvolutionCase(3, 64, 128, at: 32, stride: 2),
    ConvolutionCase(3, 128, 256, at: 16, stride: 2),
    ConvolutionCase(transposed: 64, 32, at: 16), ConvolutionCase(transposed: 128, 64, at: 16),
    ConvolutionCase(transposed: 256, 128, at: 4),
  ]
}
