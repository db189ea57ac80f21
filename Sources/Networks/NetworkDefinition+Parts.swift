import NeuralNet

/// A part of a network that a training may keep as it is.
package enum NetworkPart: Sendable {
  /// Batch norms: scales, shifts and running statistics.
  case norms
  /// The last linear layer, which reads the penultimate features.
  case head
  /// Its bias alone.
  case headBias
}

extension NetworkDefinition {
  /// Names of a part's tensors; none where a network has no such part.
  ///
  /// The definition must be valid.
  package func tensors(of part: NetworkPart) -> Set<String> {
    switch part {
    case .norms:
      let mean = ".running_mean"
      let norms = declarations.map(\.name).filter { $0.hasSuffix(mean) }.map { $0.dropLast(mean.count) }
      return Set(norms.flatMap { norm in ["weight", "bias", "running_mean", "running_var"].map { "\(norm).\($0)" } })
    case .head: return Set([headWeight].compactMap(\.self)).union(tensors(of: .headBias))
    case .headBias:
      guard let weight = headWeight else { return [] }
      let bias = "\(weight.dropLast("weight".count))bias"
      return declarations.contains { $0.name == bias } ? [bias] : []
    }
  }
}

extension Model {
  /// Σ‖θ − θ₀‖² over all that a training may move, running statistics not among it: the total weight loss.
  /// - Precondition: both have one definition.
  /// - Source: METHODS §4
  package func squaredWeightDistance(from other: Model) -> Double {
    precondition(definition == other.definition, "weights of one definition are compared")
    var sum = 0.0
    for declaration in definition.declarations where declaration.role == .weight {
      guard let own = tensors[declaration.name], let origin = other.tensors[declaration.name] else { continue }
      for (left, right) in zip(own.values, origin.values) {
        let difference = Double(left) - Double(right)
        sum += difference * difference
      }
    }
    return sum
  }

  /// The model with other values in some tensors, which are those of another model of one definition, or zeros.
  package func taking(_ names: Set<String>, from other: Model?) -> Model {
    precondition(other.map { $0.definition == definition } ?? true, "tensors are taken from a model of one definition")
    var model = self
    for name in names {
      guard let own = tensors[name] else { preconditionFailure("there is no tensor \(name)") }
      model.tensors[name] = other.map { $0.tensors[name] ?? own } ?? Tensor(shape: own.shape, repeating: 0)
    }
    return model
  }

  /// Whether all values of some tensors are 0.
  package func isZero(_ names: Set<String>) -> Bool {
    names.allSatisfy { tensors[$0]?.values.allSatisfy { $0 == 0 } ?? true }
  }
}
