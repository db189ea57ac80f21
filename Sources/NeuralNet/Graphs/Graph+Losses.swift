extension Graph {
  /// Σ_n weight_n · CE(softmax(logits_n), label_n) in nats; a weight of 1/N each gives the mean.
  ///
  /// - Parameters:
  ///   - labels: Name under which the plan takes N class indices a step. Losses may share it.
  ///   - weights: Name under which the plan takes N weights a step. Losses may share it.
  package mutating func crossEntropy(_ logits: Value, labels: String, weights: String, name: String) -> Loss {
    precondition(logits.height == 1 && logits.width == 1, "logits are (N, K, 1, 1)")
    return record(.crossEntropy(logits: logits, labels: labels, weights: weights), name: name)
  }

  /// Mean over images of Σ_k −q_nk · log softmax(logits_n)_k in nats: the cross-entropy with given probabilities, whose
  /// gradient is that of their Kullback–Leibler divergence.
  ///
  /// - Parameter targets: Name under which the plan takes (N, K) probabilities a step. Losses may share it.
  package mutating func crossEntropy(_ logits: Value, targets: String, name: String) -> Loss {
    precondition(logits.height == 1 && logits.width == 1, "logits are (N, K, 1, 1)")
    return record(.softCrossEntropy(logits: logits, targets: targets), name: name)
  }

  /// Mean over images of Σ over taps of the distance between channel-normalised features, averaged over pixels.
  package mutating func featureDistance(_ left: [Value], _ right: [Value], name: String) -> Loss {
    precondition(left.count == right.count && !left.isEmpty, "a feature distance compares tap with tap")
    let pairs = zip(left, right).map { left, right in
      precondition(left.shape == right.shape, "compared features have one shape")
      return LossKind.Pair(left: left, right: right)
    }
    return record(.featureDistance(pairs), name: name)
  }

  /// The same with a weight for every channel of every tap.
  package mutating func featureDistance(_ left: [Value], _ right: [Value], weights: [[Float]], name: String) -> Loss {
    precondition(left.count == right.count && left.count == weights.count, "weights come tap by tap")
    let pairs = left.indices.map { tap in
      precondition(left[tap].shape == right[tap].shape, "compared features have one shape")
      precondition(weights[tap].count == left[tap].channels, "a channel has a weight")
      return LossKind.Pair(left: left[tap], right: right[tap], weights: weights[tap])
    }
    return record(.featureDistance(pairs), name: name)
  }

  /// Mean squared difference.
  package mutating func squaredError(_ left: Value, _ right: Value, name: String) -> Loss {
    precondition(left.shape == right.shape, "compared values have one shape")
    return record(.squaredError(LossKind.Pair(left: left, right: right)), name: name)
  }

  /// Σ_n weight_n · ‖features_n − target_n‖²; a weight of 1/N each gives the mean over images of squared distances.
  ///
  /// - Parameters:
  ///   - features: (N, d, 1, 1).
  ///   - targets: Name under which the plan takes (N, d) numbers a step; zeros until they are set.
  ///   - weights: Name under which the plan takes N weights a step. Losses may share it.
  package mutating func squaredDistance(_ features: Value, targets: String, weights: String, name: String) -> Loss {
    precondition(features.height == 1 && features.width == 1, "features are (N, d, 1, 1)")
    return record(.targetDistance(features: features, targets: targets, weights: weights), name: name)
  }

  /// Σ ‖θ − θ₀‖² over the tensors that a network learns, θ₀ being those of another of the same layers.
  ///
  /// Both networks have been applied to something; what the origin gives need not be used, and then is not computed.
  package mutating func weightDistance(of network: NetworkHandle, from origin: NetworkHandle, name: String) -> Loss {
    let (own, other) = (networks[network.index].declarations, networks[origin.index].declarations)
    precondition(
      !own.isEmpty && own.map(\.name) == other.map(\.name) && own.map(\.shape) == other.map(\.shape),
      "networks whose weights are compared have the same tensors")
    return record(.weightDistance(network: network.index, origin: origin.index), name: name)
  }

  /// Σ_n −(features_n − origin_n)·direction_n + λ·‖features_n − origin_n‖: least where features have moved far along
  /// their direction, and nowhere else. A sum, so that no image's gradient depends on how many there are.
  ///
  /// - Parameters:
  ///   - features: (N, d, 1, 1).
  ///   - origins: Name under which the plan takes (N, d) features a step; zeros until they are set.
  ///   - directions: Name under which the plan takes (N, d) numbers a step; zeros until they are set.
  ///   - distanceWeight: λ, at least 0. The distance has no slope where it is 0.
  /// - Source: Tekgul & Asokan 2022, eq. 2, after Sablayrolles et al. 2020; METHODS §3.
  package mutating func displacement(
    _ features: Value, from origins: String, along directions: String, distanceWeight: Float, name: String
  ) -> Loss {
    precondition(features.height == 1 && features.width == 1, "features are (N, d, 1, 1)")
    precondition(origins != directions, "origins and directions have names of their own")
    return record(
      .displacement(features: features, origins: origins, directions: directions, distanceWeight: distanceWeight),
      name: name)
  }
}
