import NeuralNet

/// A densely connected network with bottlenecks, names as in torchvision. For CIFAR the stem is a 3×3 convolution of
/// stride 1 without pooling; batch norm `features.norm0` follows it all the same.
///
/// - Source: Huang, Liu, van der Maaten & Weinberger 2017, table 1.
struct DenseNet: NetworkArchitecture {
  /// Layers of each dense block.
  var blocks = DenseNet.blocks121
  var channels: Int
  /// Channels of the stem, 64 in the paper; half of them, 32, is the growth of each layer.
  var width: Int
  var classes: Int
  var form = NetworkForm.cifar

  static let blocks121 = [6, 12, 24, 16]
  /// Channels of a bottleneck, in growths.
  private static let bottleneck = 4

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    var x = stem(x, in: &graph)  // (N, width, H, W), for ImageNet (N, width, H/4, W/4)
    var taps: [Value] = []
    for (index, layers) in blocks.enumerated() {
      x = block("features.denseblock\(index + 1)", layers, x, in: &graph)  // (N, C + layers·growth, H, W)
      taps.append(x)
      if index < blocks.count - 1 { x = transition("features.transition\(index + 1)", x, in: &graph) }
    }
    x = graph.rectify(BatchNormLayer(name: "features.norm5", channels: x.channels)(x, in: &graph))
    let features = graph.globalAveragePool(x)  // (N, C, 1, 1)
    let last = LinearLayer(
      name: "classifier", inputs: features.channels, outputs: classes, biasStart: .constant(0))
    return NetworkOutput(output: last(features, in: &graph), taps: taps, features: features)  // (N, K, 1, 1)
  }

  private func stem(_ x: Value, in graph: inout Graph) -> Value {
    let isLarge = form == .imageNet
    let convolution = ConvolutionLayer(
      name: "features.conv0", inputs: channels, outputs: width, kernel: isLarge ? 7 : 3, stride: isLarge ? 2 : 1,
      padding: isLarge ? 3 : 1, hasBias: false, start: .kaimingByFanIn)
    let y = BatchNormLayer(name: "features.norm0", channels: width)(convolution(x, in: &graph), in: &graph)
    let z = graph.rectify(y)
    return isLarge ? graph.maxPool(z, size: 3, stride: 2, padding: 1) : z
  }

  /// Each layer reads the block's input and everything that the layers before it gave.
  private func block(_ name: String, _ layers: Int, _ x: Value, in graph: inout Graph) -> Value {
    let growth = width / 2
    var parts = [x]
    for layer in 1...layers {
      let prefix = "\(name).denselayer\(layer)"
      let all = parts.count == 1 ? x : graph.concatenate(parts)
      let narrow = ConvolutionLayer(
        name: "\(prefix).conv1", inputs: all.channels, outputs: Self.bottleneck * growth, kernel: 1, hasBias: false,
        start: .kaimingByFanIn)
      let wide = ConvolutionLayer(
        name: "\(prefix).conv2", inputs: Self.bottleneck * growth, outputs: growth, kernel: 3, padding: 1,
        hasBias: false, start: .kaimingByFanIn)
      var y = graph.rectify(BatchNormLayer(name: "\(prefix).norm1", channels: all.channels)(all, in: &graph))
      y = narrow(y, in: &graph)  // (N, 4·growth, H, W)
      y = graph.rectify(BatchNormLayer(name: "\(prefix).norm2", channels: y.channels)(y, in: &graph))
      parts.append(wide(y, in: &graph))  // (N, growth, H, W)
    }
    return graph.concatenate(parts)
  }

  /// Half the channels, half the height and width.
  private func transition(_ name: String, _ x: Value, in graph: inout Graph) -> Value {
    let convolution = ConvolutionLayer(
      name: "\(name).conv", inputs: x.channels, outputs: x.channels / 2, kernel: 1, hasBias: false,
      start: .kaimingByFanIn)
    let y = graph.rectify(BatchNormLayer(name: "\(name).norm", channels: x.channels)(x, in: &graph))
    return graph.averagePool(convolution(y, in: &graph), size: 2, stride: 2)
  }
}
