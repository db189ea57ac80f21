import NeuralNet

/// A residual network of basic blocks, names as in torchvision. For CIFAR the stem is a 3×3 convolution of stride 1
/// without pooling.
///
/// - Source: He, Zhang, Ren & Sun 2016, table 1 for stem and stages, section 4.2 for the stem for small images.
struct ResNet: NetworkArchitecture {
  /// Blocks of each stage.
  var blocks: [Int]
  var channels: Int
  /// Channels of the first stage, 64 in the paper.
  var width: Int
  var classes: Int
  var form = NetworkForm.cifar

  static let blocks18 = [2, 2, 2, 2]
  static let blocks34 = [3, 4, 6, 3]

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    var x = stem(x, in: &graph)  // (N, width, H, W), for ImageNet (N, width, H/4, W/4)
    var taps: [Value] = []
    for (stage, count) in blocks.enumerated() {
      let outputs = width << stage
      for index in 0..<count {
        let isFirst = stage > 0 && index == 0
        let block = BasicBlock(
          name: "layer\(stage + 1).\(index)", inputs: isFirst ? outputs / 2 : outputs, outputs: outputs,
          stride: isFirst ? 2 : 1)
        x = block(x, in: &graph)  // (N, width·2^stage, H/2^stage, W/2^stage)
      }
      taps.append(x)
    }
    let features = graph.globalAveragePool(x)  // (N, 8·width, 1, 1)
    let last = LinearLayer(name: "fc", inputs: features.channels, outputs: classes)
    return NetworkOutput(output: last(features, in: &graph), taps: taps, features: features)  // (N, K, 1, 1)
  }

  private func stem(_ x: Value, in graph: inout Graph) -> Value {
    let isLarge = form == .imageNet
    let convolution = ConvolutionLayer(
      name: "conv1", inputs: channels, outputs: width, kernel: isLarge ? 7 : 3, stride: isLarge ? 2 : 1,
      padding: isLarge ? 3 : 1, hasBias: false, start: .kaimingByFanOut)
    let y = BatchNormLayer(name: "bn1", channels: width)(convolution(x, in: &graph), in: &graph)
    let z = graph.rectify(y)  // (N, width, H, W), for ImageNet (N, width, H/2, W/2)
    return isLarge ? graph.maxPool(z, size: 3, stride: 2, padding: 1) : z
  }
}

/// Two 3×3 convolutions beside a shortcut, which is a 1×1 convolution where the shape changes.
struct BasicBlock {
  var name: String
  var inputs: Int
  var outputs: Int
  var stride: Int

  func callAsFunction(_ x: Value, in graph: inout Graph) -> Value {
    var shortcut = x
    if stride != 1 || inputs != outputs {
      let projection = ConvolutionLayer(
        name: "\(name).downsample.0", inputs: inputs, outputs: outputs, kernel: 1, stride: stride, hasBias: false,
        start: .kaimingByFanOut)
      shortcut = projection(x, in: &graph)
      shortcut = BatchNormLayer(name: "\(name).downsample.1", channels: outputs)(shortcut, in: &graph)
    }
    let first = ConvolutionLayer(
      name: "\(name).conv1", inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, hasBias: false,
      start: .kaimingByFanOut)
    let second = ConvolutionLayer(
      name: "\(name).conv2", inputs: outputs, outputs: outputs, kernel: 3, padding: 1, hasBias: false,
      start: .kaimingByFanOut)
    var y = first(x, in: &graph)
    y = graph.rectify(BatchNormLayer(name: "\(name).bn1", channels: outputs)(y, in: &graph))
    y = second(y, in: &graph)
    y = BatchNormLayer(name: "\(name).bn2", channels: outputs)(y, in: &graph)
    return graph.rectify(graph.add(y, shortcut))
  }
}
