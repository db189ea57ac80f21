/// ResNet-18 with the stem for 32×32 images: a 3×3 convolution of stride 1 and no pooling. Names as in torchvision.
///
/// - Source: He, Zhang, Ren & Sun 2016, section 4.2 for the stem, table 1 for the stages.
struct ResNet18: NetworkArchitecture {
  var channels: Int
  /// Channels of the first stage, 64 in the paper.
  var width: Int
  var classes: Int

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    let stem = ConvolutionLayer(
      name: "conv1", inputs: channels, outputs: width, kernel: 3, padding: 1, hasBias: false, isKaiming: true)
    var x = stem(x, in: &graph)  // (N, width, H, W)
    x = graph.rectify(BatchNormLayer(name: "bn1", channels: width)(x, in: &graph))
    var taps: [Value] = []
    for stage in 0..<4 {
      let outputs = width << stage
      let first = BasicBlock(
        name: "layer\(stage + 1).0", inputs: stage == 0 ? width : outputs / 2, outputs: outputs,
        stride: stage == 0 ? 1 : 2)
      let second = BasicBlock(name: "layer\(stage + 1).1", inputs: outputs, outputs: outputs, stride: 1)
      x = first(x, in: &graph)
      x = second(x, in: &graph)  // (N, width·2^stage, H/2^stage, W/2^stage)
      taps.append(x)
    }
    let features = graph.globalAveragePool(x)  // (N, 8·width, 1, 1)
    let last = LinearLayer(name: "fc", inputs: 8 * width, outputs: classes)
    return NetworkOutput(output: last(features, in: &graph), taps: taps, features: features)  // (N, K, 1, 1)
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
        isKaiming: true)
      shortcut = projection(x, in: &graph)
      shortcut = BatchNormLayer(name: "\(name).downsample.1", channels: outputs)(shortcut, in: &graph)
    }
    let first = ConvolutionLayer(
      name: "\(name).conv1", inputs: inputs, outputs: outputs, kernel: 3, stride: stride, padding: 1, hasBias: false,
      isKaiming: true)
    let second = ConvolutionLayer(
      name: "\(name).conv2", inputs: outputs, outputs: outputs, kernel: 3, padding: 1, hasBias: false, isKaiming: true)
    var y = first(x, in: &graph)
    y = graph.rectify(BatchNormLayer(name: "\(name).bn1", channels: outputs)(y, in: &graph))
    y = second(y, in: &graph)
    y = BatchNormLayer(name: "\(name).bn2", channels: outputs)(y, in: &graph)
    return graph.rectify(graph.add(y, shortcut))
  }
}
