import Foundations
package import NeuralNet

/// What LPIPS does to images of any size before and in its trunk; the taps are what it compares.
struct LPIPSNetwork: NetworkArchitecture {
  var trunk: LPIPS.Trunk

  /// Mean and deviation of the trunks' training images, on [−1, 1].
  private static let shift: [Float] = [-0.030, -0.088, -0.188]
  private static let scale: [Float] = [0.458, 0.448, 0.450]

  func forward(_ x: Value, in graph: inout Graph) -> NetworkOutput {
    let size = LPIPS.size(of: x.shape)
    var x = graph.interpolate(x, height: size.height, width: size.width)  // (N, C, H, W), H and W at least 64
    if x.channels == 1 { x = graph.concatenate([x, x, x]) }
    // ((2·x − 1) − shift)/scale
    x = graph.affine(
      x, scale: Self.scale.map { 2 / $0 }, shift: zip(Self.shift, Self.scale).map { (-1 - $0) / $1 })  // (N, 3, H, W)
    let taps =
      switch trunk {
      case .alexNet: AlexNetFeatures(width: 64, form: .imageNet)(x, in: &graph)
      case .vgg16: VGGFeatures(convolutions: VGG.convolutions16, width: 64, hasNorm: false)(x, in: &graph)
      case .squeezeNet: SqueezeNetFeatures(width: 64)(x, in: &graph)
      }
    return NetworkOutput(output: taps[taps.count - 1], taps: taps)
  }
}

extension Graph {
  /// LPIPS of two values with 1 or 3 channels in [0, 1], the mean over the images; see `TrainingPlan.distances` for one
  /// number an image.
  ///
  /// The trunk's weights stay as they are; checkpoints do not hold them, since the caller has them in a file.
  /// - Throws: `NeuralNetError.invalidDefinition` for images that are neither grey nor RGB.
  package mutating func lpips(_ metric: LPIPS, _ left: Value, _ right: Value, name: String) throws -> Loss {
    guard left.shape.channels == 3 || left.shape.channels == 1 else {
      throw NeuralNetError.invalidDefinition(
        architecture: "lpips", reason: "it compares images of 1 or 3 channels, not \(left.shape.channels)")
    }
    let trunk = use(
      LPIPSNetwork(trunk: metric.trunk), input: left.shape, tensors: metric.tensors, named: "\(name) trunk",
      frozen: true, isCheckpointed: false)
    let taps = (apply(trunk, to: left).taps, apply(trunk, to: right).taps)
    return featureDistance(taps.0, taps.1, weights: metric.heads, name: name)
  }
}
