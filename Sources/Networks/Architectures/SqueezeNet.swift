import NeuralNet

/// The convolutions of SqueezeNet 1.1, names as in torchvision: the seven values that LPIPS compares.
///
/// - Source: Iandola et al. 2016; version 1.1 of the authors' release.
struct SqueezeNetFeatures {
  /// Channels of the first convolution, 64 in the release; a multiple of 4.
  var width: Int

  func callAsFunction(_ x: Value, in graph: inout Graph) -> [Value] {
    let stem = ConvolutionLayer(name: "features.0", inputs: x.channels, outputs: width, kernel: 3, stride: 2)
    let a = graph.rectify(stem(x, in: &graph))  // (N, width, H/2, W/2)
    var x = fire(3, 1, pool(a, in: &graph), in: &graph)
    let b = fire(4, 1, x, in: &graph)  // (N, 2·width, H/4, W/4)
    x = fire(6, 2, pool(b, in: &graph), in: &graph)
    let c = fire(7, 2, x, in: &graph)  // (N, 4·width, H/8, W/8)
    let d = fire(9, 3, pool(c, in: &graph), in: &graph)  // (N, 6·width, H/16, W/16)
    let e = fire(10, 3, d, in: &graph)  // (N, 6·width, H/16, W/16)
    let f = fire(11, 4, e, in: &graph)  // (N, 8·width, H/16, W/16)
    let g = fire(12, 4, f, in: &graph)  // (N, 8·width, H/16, W/16)
    return [a, b, c, d, e, f, g]
  }

  private func pool(_ x: Value, in graph: inout Graph) -> Value {
    graph.maxPool(x, size: 3, stride: 2, roundsUp: true)
  }

  /// A 1×1 convolution to few channels, then a 1×1 and a 3×3 one side by side.
  private func fire(_ index: Int, _ scale: Int, _ x: Value, in graph: inout Graph) -> Value {
    let name = "features.\(index)"
    let (few, many) = (scale * width / 4, scale * width)
    let squeeze = ConvolutionLayer(name: "\(name).squeeze", inputs: x.channels, outputs: few, kernel: 1)
    let narrow = ConvolutionLayer(name: "\(name).expand1x1", inputs: few, outputs: many, kernel: 1)
    let wide = ConvolutionLayer(name: "\(name).expand3x3", inputs: few, outputs: many, kernel: 3, padding: 1)
    let y = graph.rectify(squeeze(x, in: &graph))
    return graph.concatenate([graph.rectify(narrow(y, in: &graph)), graph.rectify(wide(y, in: &graph))])
  }
}
