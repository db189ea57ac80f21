import Foundations
import NeuralNet

/// The baseline classifier for MNIST: two 3×3 convolutions, each with ReLU and 2×2 max-pool, then two linear layers.
struct BaselineCNN: NetworkArchitecture {
  var input: ImageShape
  /// Channels of the first convolution.
  var width: Int
  var classes: Int

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    let first = ConvolutionLayer(name: "conv1", inputs: input.channels, outputs: width, kernel: 3, padding: 1)
    let second = ConvolutionLayer(name: "conv2", inputs: width, outputs: 2 * width, kernel: 3, padding: 1)
    var x = graph.rectify(first(x, in: &graph))  // (N, width, H, W)
    var taps = [x]
    x = graph.maxPool(x, size: 2, stride: 2)  // (N, width, H/2, W/2)
    x = graph.rectify(second(x, in: &graph))  // (N, 2·width, H/2, W/2)
    taps.append(x)
    x = graph.maxPool(x, size: 2, stride: 2)  // (N, 2·width, H/4, W/4)
    x = graph.flatten(x)  // (N, 2·width·H/4·W/4, 1, 1)
    let hidden = LinearLayer(name: "fc1", inputs: x.channels, outputs: 4 * width)
    let features = graph.rectify(hidden(x, in: &graph))  // (N, 4·width, 1, 1)
    let last = LinearLayer(name: "fc2", inputs: 4 * width, outputs: classes)
    return NetworkOutput(output: last(features, in: &graph), taps: taps, features: features)  // (N, K, 1, 1)
  }
}
