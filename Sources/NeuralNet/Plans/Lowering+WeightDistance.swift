import Kernels

extension Lowering {
  /// Emits Σ‖θ − θ₀‖² over the weights that a network learns and, if it is minimised, 2(θ − θ₀) on top of what the
  /// backward pass has left in their gradients.
  mutating func lowerWeightDistance(_ index: Int, isMinimised: Bool, memory: LossMemory) {
    guard case .weightDistance(let network, let origin) = graph.losses[index].kind else { return }
    let (store, other) = (stores[network], stores[origin])
    var terms: [WeightDistance] = []
    for (number, declaration) in store.declarations.enumerated() {
      let parameter = ParameterID(network: network, declaration: number)
      guard learns(parameter) else { continue }
      let accumulate = isMinimised && !touchedGradients.insert(parameter).inserted
      terms.append(
        WeightDistance(
          weights: store.pointer(to: number), origin: other.pointer(to: number),
          gradient: isMinimised ? store.gradientPointer(to: number) : nil, accumulate: accumulate,
          count: Tensor.count(of: declaration.shape), coefficient: memory.coefficients.pointer + index,
          summand: memory.summands[index].pointer + number))
    }
    builder.emit("distance of weights", reads: [], writes: []) { [terms] _ in
      Work(units: terms.count) { units in
        for unit in units { terms[unit].evaluate() }
        withExtendedLifetime((store, other, memory)) {}
      }
    }
  }
}

/// The squared distance of one tensor from where it is held to.
private struct WeightDistance: @unchecked Sendable {
  let weights: UnsafePointer<Float>
  let origin: UnsafePointer<Float>
  /// nil where it is reported only.
  let gradient: UnsafeMutablePointer<Float>?
  let accumulate: Bool
  let count: Int
  let coefficient: UnsafePointer<Float>
  let summand: UnsafeMutablePointer<Double>

  init(
    weights: UnsafeMutablePointer<Float>, origin: UnsafeMutablePointer<Float>, gradient: UnsafeMutablePointer<Float>?,
    accumulate: Bool, count: Int, coefficient: UnsafeMutablePointer<Float>, summand: UnsafeMutablePointer<Double>
  ) {
    (self.weights, self.origin) = (UnsafePointer(weights), UnsafePointer(origin))
    (self.gradient, self.accumulate, self.count) = (gradient, accumulate, count)
    (self.coefficient, self.summand) = (UnsafePointer(coefficient), summand)
  }

  func evaluate() {
    var sum = 0.0
    for index in 0..<count {
      let difference = Double(weights[index]) - Double(origin[index])
      sum += difference * difference
    }
    summand.pointee = sum
    guard let gradient else { return }
    let scale = 2 * coefficient[0]
    for index in 0..<count {
      let slope = scale * (weights[index] - origin[index])
      gradient[index] = accumulate ? gradient[index] + slope : slope
    }
  }
}
