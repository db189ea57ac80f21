import NeuralNet

/// The generator's network: an image in, a plane of perturbations (before tanh) out.
///
/// Channels double at every level from `width`. Convolutions before a batch norm have no bias. Names: `down.LEVEL`,
/// `middle`, `up.LEVEL` (each conv1, bn1, conv2, bn2), `up.LEVEL.transpose`, `head`.
///
/// - Source: Ronneberger, Fischer & Brox 2015, with padded convolutions and batch norm.
struct UNet: NetworkArchitecture {
  var channels: Int
  var width: Int
  /// Number of poolings; height and width must be divisible by 2^depth.
  var depth: Int

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    var x = x  // (N, C, H, W)
    var skips: [Value] = []
    for level in 0..<depth {
      let inputs = level == 0 ? channels : width << (level - 1)
      let block = DoubleConvolution(name: "down.\(level)", inputs: inputs, outputs: width << level)
      let skip = block(x, in: &graph)  // (N, width·2^level, H/2^level, W/2^level)
      skips.append(skip)
      x = graph.maxPool(skip, size: 2, stride: 2)  // (N, width·2^level, H/2^(level+1), W/2^(level+1))
    }
    let inputs = depth == 0 ? channels : width << (depth - 1)
    x = DoubleConvolution(name: "middle", inputs: inputs, outputs: width << depth)(x, in: &graph)
    for level in (0..<depth).reversed() {
      let outputs = width << level
      let transpose = TransposedConvolutionLayer(name: "up.\(level).transpose", inputs: 2 * outputs, outputs: outputs)
      x = transpose(x, in: &graph)  // (N, width·2^level, H/2^level, W/2^level)
      x = graph.concatenate([skips[level], x])  // (N, 2·width·2^level, H/2^level, W/2^level)
      x = DoubleConvolution(name: "up.\(level)", inputs: 2 * outputs, outputs: outputs)(x, in: &graph)
    }
    let head = ConvolutionLayer(name: "head", inputs: width, outputs: channels, kernel: 1)
    return NetworkOutput(output: head(x, in: &graph))  // (N, C, H, W)
  }
}

/// Twice 3×3 convolution, batch norm, ReLU.
struct DoubleConvolution {
  var name: String
  var inputs: Int
  var outputs: Int

  func callAsFunction(_ x: Value, in graph: inout Graph) -> Value {
    let first = ConvolutionLayer(
      name: "\(name).conv1", inputs: inputs, outputs: outputs, kernel: 3, padding: 1, hasBias: false,
      start: .kaimingByFanOut)
    let second = ConvolutionLayer(
      name: "\(name).conv2", inputs: outputs, outputs: outputs, kernel: 3, padding: 1, hasBias: false,
      start: .kaimingByFanOut)
    var x = first(x, in: &graph)
    x = graph.rectify(BatchNormLayer(name: "\(name).bn1", channels: outputs)(x, in: &graph))
    x = second(x, in: &graph)
    return graph.rectify(BatchNormLayer(name: "\(name).bn2", channels: outputs)(x, in: &graph))
  }
}
