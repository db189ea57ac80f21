import NeuralNet

/// AlexNet in one column, names as in torchvision. For CIFAR the first convolution has the padding 5, the pools are
/// 2×2, and global average pooling and one linear layer, `classifier`, follow the features.
///
/// - Source: Krizhevsky 2014, "One weird trick for parallelizing convolutional neural networks".
struct AlexNet: NetworkArchitecture {
  var channels: Int
  /// Channels of the first convolution, 64 in the paper.
  var width: Int
  var classes: Int
  var form = NetworkForm.cifar
  /// Before the two hidden linear layers, which only the ImageNet form has.
  var dropout: Float = 0.5

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    let trunk = AlexNetFeatures(width: width, form: form)
    let taps = trunk(x, in: &graph)
    let x = trunk.pool(taps[4], in: &graph)  // (N, 4·width, H/32, W/32), roughly
    let features = form == .imageNet ? hidden(x, in: &graph) : graph.globalAveragePool(x)
    let last = LinearLayer(
      name: form == .imageNet ? "classifier.6" : "classifier", inputs: features.channels, outputs: classes)
    return NetworkOutput(output: last(features, in: &graph), taps: taps, features: features)  // (N, K, 1, 1)
  }

  private func hidden(_ x: Value, in graph: inout Graph) -> Value {
    var x = graph.flatten(graph.adaptiveAveragePool(x, height: 6, width: 6))  // (N, 36·4·width, 1, 1)
    for index in [1, 4] {
      x = graph.dropout(x, rate: dropout)
      let layer = LinearLayer(name: "classifier.\(index)", inputs: x.channels, outputs: 64 * width)
      x = graph.rectify(layer(x, in: &graph))  // (N, 64·width, 1, 1)
    }
    return x
  }
}

/// The convolutions of AlexNet: what each of the five gives after its ReLU.
struct AlexNetFeatures {
  var width: Int
  var form: NetworkForm

  func callAsFunction(_ x: Value, in graph: inout Graph) -> [Value] {
    let first = ConvolutionLayer(
      name: "features.0", inputs: x.channels, outputs: width, kernel: 11, stride: 4,
      padding: form == .imageNet ? 2 : 5)
    let second = ConvolutionLayer(name: "features.3", inputs: width, outputs: 3 * width, kernel: 5, padding: 2)
    let third = ConvolutionLayer(name: "features.6", inputs: 3 * width, outputs: 6 * width, kernel: 3, padding: 1)
    let fourth = ConvolutionLayer(name: "features.8", inputs: 6 * width, outputs: 4 * width, kernel: 3, padding: 1)
    let fifth = ConvolutionLayer(name: "features.10", inputs: 4 * width, outputs: 4 * width, kernel: 3, padding: 1)
    let a = graph.rectify(first(x, in: &graph))  // (N, width, H/4, W/4)
    let b = graph.rectify(second(pool(a, in: &graph), in: &graph))  // (N, 3·width, H/8, W/8)
    let c = graph.rectify(third(pool(b, in: &graph), in: &graph))  // (N, 6·width, H/16, W/16)
    let d = graph.rectify(fourth(c, in: &graph))  // (N, 4·width, H/16, W/16)
    let e = graph.rectify(fifth(d, in: &graph))  // (N, 4·width, H/16, W/16)
    return [a, b, c, d, e]
  }

  func pool(_ x: Value, in graph: inout Graph) -> Value {
    graph.maxPool(x, size: form == .imageNet ? 3 : 2, stride: 2)
  }
}
