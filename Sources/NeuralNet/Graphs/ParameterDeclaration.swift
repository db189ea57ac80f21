/// A tensor that a layer asks for: its name within the network, its shape, and how it starts.
package struct ParameterDeclaration: Hashable, Sendable {
  package enum Role: Hashable, Sendable {
    /// Learned by the optimiser.
    case weight
    /// A running statistic, moved by the forward pass of training.
    case statistic
    /// Kept as it is, though its network learns.
    case fixed
  }

  package var name: String
  package var shape: [Int]
  package var role: Role
  package var initialization: Initialization
}

/// How a tensor starts.
package enum Initialization: Hashable, Sendable {
  case constant(Float)
  /// Normal with variance 2/fan (He et al. 2015, as torchvision does for convolutions before ReLU).
  case kaimingNormal(fan: Int)
  /// Normal with the given standard deviation.
  case normal(deviation: Float)
  /// Uniform in ±1/√fanIn: PyTorch's default for weights and biases of convolutions and linear layers.
  case uniform(fanIn: Int)

  package func tensor(shape: [Int], using stream: inout RandomStream) -> Tensor {
    var tensor = Tensor(shape: shape, repeating: 0)
    for index in tensor.values.indices {
      tensor.values[index] =
        switch self {
        case .constant(let value): value
        case .kaimingNormal(let fan): stream.normal() * (2 / Float(fan)).squareRoot()
        case .normal(let deviation): stream.normal() * deviation
        case .uniform(let fanIn): (2 * stream.uniform() - 1) / Float(fanIn).squareRoot()
        }
    }
    return tensor
  }
}
