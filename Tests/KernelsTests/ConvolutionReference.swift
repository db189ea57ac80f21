import Kernels

/// Convolution and its gradients as sums over everything, in Double. Weights are (O, I, kH, kW).
struct ConvolutionReference {
  var shape: ConvolutionShape

  /// Calls `body` with the indices of every product: image, output channel, row and column, input channel, row and
  /// column, and weight.
  private func products(
    _ images: Int, _ height: Int, _ width: Int, _ body: (Int, Int, Int, Int, Int, Int, Int, Int) -> Void
  ) {
    for n in 0..<images {
      for o in 0..<shape.outputChannels {
        for y in 0..<height {
          for x in 0..<width {
            for i in 0..<shape.inputChannels {
              for ky in 0..<shape.kernelHeight {
                for kx in 0..<shape.kernelWidth {
                  let weight = ((o * shape.inputChannels + i) * shape.kernelHeight + ky) * shape.kernelWidth + kx
                  let row = y * shape.stride + ky - shape.padding
                  let column = x * shape.stride + kx - shape.padding
                  body(n, o, y, x, i, row, column, weight)
                }
              }
            }
          }
        }
      }
    }
  }

  func output(_ input: Plain, _ weights: [Double], _ bias: [Double]?) -> Plain {
    let size = shape.outputSize(height: input.height, width: input.width)
    var result = Plain(input.images, shape.outputChannels, size.height, size.width)
    products(input.images, size.height, size.width) { n, o, y, x, i, iy, ix, w in
      result[n, o, y, x] += input[n, i, iy, ix] * weights[w]
    }
    if let bias {
      for i in result.values.indices {
        result.values[i] += bias[i / (size.height * size.width) % shape.outputChannels]
      }
    }
    return result
  }

  func inputGradient(_ input: Plain, _ gradient: Plain, _ weights: [Double]) -> Plain {
    var result = Plain(input.images, input.channels, input.height, input.width)
    products(input.images, gradient.height, gradient.width) { n, o, y, x, i, iy, ix, w in
      guard iy >= 0, ix >= 0, iy < input.height, ix < input.width else { return }
      result[n, i, iy, ix] += gradient[n, o, y, x] * weights[w]
    }
    return result
  }

  func weightGradient(_ input: Plain, _ gradient: Plain) -> [Double] {
    var result = [Double](
      repeating: 0, count: shape.outputChannels * shape.inputChannels * shape.kernelHeight * shape.kernelWidth)
    products(input.images, gradient.height, gradient.width) { n, o, y, x, i, iy, ix, w in
      result[w] += gradient[n, o, y, x] * input[n, i, iy, ix]
    }
    return result
  }
}
