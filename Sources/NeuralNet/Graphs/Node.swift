import Kernels

/// A parameter of a graph: which network's, and which of its declarations.
package struct ParameterID: Hashable, Sendable {
  var network: Int
  var declaration: Int
}

/// The four vectors and two numbers of a batch norm.
package struct BatchNormParameters: Hashable, Sendable {
  var scale: ParameterID
  var shift: ParameterID
  var mean: ParameterID
  var variance: ParameterID
  /// Added to the variance under the root.
  var epsilon: Float
  /// Share of the batch's statistics in the new running ones.
  var momentum: Float

  package init(
    scale: ParameterID, shift: ParameterID, mean: ParameterID, variance: ParameterID, epsilon: Float, momentum: Float
  ) {
    self.scale = scale
    self.shift = shift
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
    self.momentum = momentum
  }
}

/// What a node computes from its inputs.
enum Operation: Hashable, Sendable {
  /// Images given as bytes, value/255.
  case images(name: String)
  case convolution(ConvolutionShape, weight: ParameterID, bias: ParameterID?)
  /// 2×2, stride 2.
  case transposedConvolution(ConvolutionShape, weight: ParameterID, bias: ParameterID?)
  case batchNorm(BatchNormParameters)
  case rectify
  case hyperbolicTangent
  case maxPool(size: Int, stride: Int, padding: Int)
  case averagePool(size: Int, stride: Int)
  /// Means over even shares of the plane, as many as the output has pixels.
  case adaptiveAveragePool
  /// Bilinear, to the output's size.
  case interpolate
  /// x·scale + shift with constants, one per channel.
  case affine(scale: [Float], shift: [Float])
  /// Zero with probability `rate`, x/(1 − rate) otherwise, while its network learns; x otherwise.
  case dropout(rate: Float)
  case add
  case multiply
  case concatenate
  /// (N, C, H, W) → (N, C·H·W, 1, 1).
  case flatten
  /// Inputs: image, perturbation in [−1, 1].
  case perturb(epsilon: Float, rounding: Bool)
}

struct Node: Sendable {
  var operation: Operation
  var inputs: [Value]
  var output: Value
  /// The network that the node belongs to; nil between networks.
  var network: Int?
}

/// What a loss measures; every loss is one number.
enum LossKind: Hashable, Sendable {
  /// Σ_n weight_n · CE(logits_n, label_n).
  case crossEntropy(logits: Value, labels: String, weights: String)
  /// Mean over images of the cross-entropy with given probabilities.
  case softCrossEntropy(logits: Value, targets: String)
  /// Mean over images of Σ over pairs of the distance of channel-normalised features (METHODS §6).
  case featureDistance([Pair])
  /// Mean over images, channels and pixels of the squared difference.
  case squaredError(Pair)
  /// Σ_n weight_n · ‖features_n − target_n‖².
  case targetDistance(features: Value, targets: String, weights: String)
  /// Σ over what a network learns of ‖θ − θ₀‖², θ₀ being the same tensors of another network.
  case weightDistance(network: Int, origin: Int)
  /// Σ_n −(features_n − origin_n)·direction_n + λ·‖features_n − origin_n‖.
  case displacement(features: Value, origins: String, directions: String, distanceWeight: Float)

  struct Pair: Hashable, Sendable {
    var left: Value
    var right: Value
    /// Of each channel's squared difference, in a feature distance; nil for 1 each.
    var weights: [Float]?
  }
}
