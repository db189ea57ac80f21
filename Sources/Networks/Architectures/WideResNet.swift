import NeuralNet

/// A wide residual network for small images: batch norm and ReLU before each convolution. Names are those of the usual
/// PyTorch port: `conv1`, `blockI.layer.J` (`bn1`, `conv1`, `bn2`, `conv2`, `convShortcut`), `bn1`, `fc`.
///
/// - Source: Zagoruyko & Komodakis 2016, table 1, without dropout.
struct WideResNet: NetworkArchitecture {
  /// 6n + 4: convolutions, with n blocks in each of three groups.
  var depth: Int
  var channels: Int
  /// Channels of the first group, 16 times the factor in the name.
  var width: Int
  var classes: Int

  private static let stemChannels = 16

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    let stem = ConvolutionLayer(
      name: "conv1", inputs: channels, outputs: Self.stemChannels, kernel: 3, padding: 1, hasBias: false,
      start: .kaimingByFanOut)
    var x = stem(x, in: &graph)  // (N, 16, H, W)
    var taps: [Value] = []
    for group in 0..<3 {
      for index in 0..<(depth - 4) / 6 {
        let block = PreactivatedBlock(
          name: "block\(group + 1).layer.\(index)", inputs: x.channels, outputs: width << group,
          stride: group > 0 && index == 0 ? 2 : 1)
        x = block(x, in: &graph)  // (N, width·2^group, H/2^group, W/2^group)
      }
      taps.append(x)
    }
    x = graph.rectify(BatchNormLayer(name: "bn1", channels: x.channels)(x, in: &graph))
    let features = graph.globalAveragePool(x)  // (N, 4·width, 1, 1)
    let last = LinearLayer(name: "fc", inputs: features.channels, outputs: classes, biasStart: .constant(0))
    return NetworkOutput(output: last(features, in: &graph), taps: taps, features: features)  // (N, K, 1, 1)
  }
}

/// Twice batch norm, ReLU, 3×3 convolution beside a shortcut. Where the channels change, the shortcut is a 1×1
/// convolution that starts behind the first ReLU.
struct PreactivatedBlock {
  var name: String
  var inputs: Int
  var outputs: Int
  var stride: Int

  func callAsFunction(_ x: Value, in graph: inout Graph) -> Value {
    let first = ConvolutionLayer(
      name: "\(name).conv1", inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, hasBias: false,
      start: .kaimingByFanOut)
    let second = ConvolutionLayer(
      name: "\(name).conv2", inputs: outputs, outputs: outputs, kernel: 3, padding: 1, hasBias: false,
      start: .kaimingByFanOut)
    let active = graph.rectify(BatchNormLayer(name: "\(name).bn1", channels: inputs)(x, in: &graph))
    var y = first(active, in: &graph)
    y = graph.rectify(BatchNormLayer(name: "\(name).bn2", channels: outputs)(y, in: &graph))
    y = second(y, in: &graph)
    if inputs == outputs && stride == 1 { return graph.add(y, x) }
    let shortcut = ConvolutionLayer(
      name: "\(name).convShortcut", inputs: inputs, outputs: outputs, kernel: 1, stride: stride, hasBias: false,
      start: .kaimingByFanOut)
    return graph.add(y, shortcut(active, in: &graph))
  }
}
