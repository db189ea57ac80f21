import NeuralNet

/// VGG with batch norm, names as in torchvision (`features.N`, `classifier.N`). For CIFAR global average pooling and
/// one linear layer, `classifier`, follow the features.
///
/// - Source: Simonyan & Zisserman 2015, table 1, configurations D and E, with batch norm after each convolution.
struct VGG: NetworkArchitecture {
  /// Convolutions of each stage.
  var convolutions: [Int]
  var channels: Int
  /// Channels of the first stage, 64 in the paper.
  var width: Int
  var classes: Int
  var form = NetworkForm.cifar
  /// Of the two hidden linear layers, which only the ImageNet form has.
  var dropout: Float = 0.5

  static let convolutions16 = [2, 2, 3, 3, 3]
  static let convolutions19 = [2, 2, 4, 4, 4]

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    let trunk = VGGFeatures(convolutions: convolutions, width: width, hasNorm: true)
    let stages = trunk(x, in: &graph)
    let x = graph.maxPool(stages[stages.count - 1], size: 2, stride: 2)  // (N, 8·width, H/32, W/32)
    let features = form == .imageNet ? hidden(x, in: &graph) : graph.globalAveragePool(x)
    let last = LinearLayer(
      name: form == .imageNet ? "classifier.6" : "classifier", inputs: features.channels, outputs: classes,
      start: .normal(deviation: 0.01), biasStart: .constant(0))
    return NetworkOutput(output: last(features, in: &graph), taps: stages, features: features)  // (N, K, 1, 1)
  }

  private func hidden(_ x: Value, in graph: inout Graph) -> Value {
    var x = graph.flatten(graph.adaptiveAveragePool(x, height: 7, width: 7))  // (N, 49·8·width, 1, 1)
    for index in [0, 3] {
      let layer = LinearLayer(
        name: "classifier.\(index)", inputs: x.channels, outputs: 64 * width, start: .normal(deviation: 0.01),
        biasStart: .constant(0))
      x = graph.dropout(graph.rectify(layer(x, in: &graph)), rate: dropout)  // (N, 64·width, 1, 1)
    }
    return x
  }
}

/// The convolutions of VGG: what each of the five stages gives before it is pooled.
struct VGGFeatures {
  var convolutions: [Int]
  var width: Int
  var hasNorm: Bool

  func callAsFunction(_ x: Value, in graph: inout Graph) -> [Value] {
    var x = x
    var index = 0
    var stages: [Value] = []
    for (stage, count) in convolutions.enumerated() {
      if stage > 0 {
        x = graph.maxPool(x, size: 2, stride: 2)
        index += 1
      }
      // 1, 2, 4, 8 and again 8 times the width.
      let outputs = width << min(stage, 3)
      for _ in 0..<count {
        let convolution = ConvolutionLayer(
          name: "features.\(index)", inputs: x.channels, outputs: outputs, kernel: 3, padding: 1,
          start: .kaimingByFanOut)
        x = convolution(x, in: &graph)  // (N, outputs, H/2^stage, W/2^stage)
        if hasNorm {
          x = BatchNormLayer(name: "features.\(index + 1)", channels: outputs)(x, in: &graph)
          index += 1
        }
        x = graph.rectify(x)
        index += 2
      }
      stages.append(x)
    }
    return stages
  }
}
