/// How weights follow their gradients; the defaults are PyTorch's.
package enum OptimiserKind: Codable, Hashable, Sendable {
  /// - Source: Kingma & Ba 2015, algorithm 1; weight decay is added to the gradient.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// - Source: Sutskever et al. 2013 for Nesterov's form; weight decay is added to the gradient.
  case sgd(momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0)
}
