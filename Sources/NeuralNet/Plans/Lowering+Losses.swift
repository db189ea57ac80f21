import Kernels

extension Lowering {
  /// Emits a loss and, if it is part of what is minimised, its contribution to the gradients of what it measures.
  mutating func lowerLoss(_ index: Int, isMinimised: Bool, memory: LossMemory) {
    switch graph.losses[index].kind {
    case .crossEntropy(let logits, let labels, let weights):
      guard let labels = memory.labels[labels], let weights = memory.weights[weights] else {
        preconditionFailure("labels and weights have memory")
      }
      lowerCrossEntropy(index, logits, labels, weights, isMinimised, memory)
    case .softCrossEntropy(let logits, let targets):
      guard let targets = memory.targets[targets] else { preconditionFailure("targets have memory") }
      lowerSoftCrossEntropy(index, logits, targets, isMinimised, memory)
    case .featureDistance(let pairs):
      for (position, pair) in pairs.enumerated() {
        lowerPair(index, position, pair, featureKernel(pair.weights), isMinimised, memory)
      }
    case .squaredError(let pair):
      let kernel = PairKernel(value: table.squaredError, gradient: table.squaredErrorGradient)
      lowerPair(index, 0, pair, kernel, isMinimised, memory)
    case .targetDistance(let features, let targets, let weights):
      guard let targets = memory.targets[targets], let weights = memory.weights[weights] else {
        preconditionFailure("targets and weights have memory")
      }
      lowerTargetDistance(index, features, targets, weights, isMinimised, memory)
    case .weightDistance: break  // Behind the backward pass, to whose gradients it adds.
    case .displacement(let features, let origins, let directions, let distanceWeight):
      guard let origins = memory.targets[origins], let directions = memory.targets[directions] else {
        preconditionFailure("origins and directions have memory")
      }
      lowerDisplacement(index, features, origins, directions, distanceWeight, isMinimised, memory)
    }
  }

  private mutating func lowerTargetDistance(
    _ index: Int, _ features: Value, _ targets: AlignedMemory<Float>, _ weights: AlignedMemory<Float>,
    _ isMinimised: Bool, _ memory: LossMemory
  ) {
    let input = buffer(of: features)
    let target = isMinimised ? gradientTarget(of: features) : nil
    let accumulate = target?.accumulate ?? false
    builder.emit(
      "distance from targets", reads: [input] + [accumulate ? target?.buffer : nil].compactMap(\.self),
      writes: [target?.buffer].compactMap(\.self)
    ) { bindings in
      let x = bindings.activation(input)
      let loss = TargetDistance(
        features: x, gradient: target.map { bindings.activation($0.buffer) }, accumulate: accumulate,
        lanes: bindings.lanes, targets: targets.pointer, weights: weights.pointer,
        coefficient: memory.coefficients.pointer + index, summands: memory.summands[index].pointer)
      return Work(units: x.images) { units in
        for n in units { loss.evaluate(n) }
      }
    }
  }

  private mutating func lowerDisplacement(
    _ index: Int, _ features: Value, _ origins: AlignedMemory<Float>, _ directions: AlignedMemory<Float>,
    _ distanceWeight: Float, _ isMinimised: Bool, _ memory: LossMemory
  ) {
    let input = buffer(of: features)
    let target = isMinimised ? gradientTarget(of: features) : nil
    let accumulate = target?.accumulate ?? false
    builder.emit(
      "displacement", reads: [input] + [accumulate ? target?.buffer : nil].compactMap(\.self),
      writes: [target?.buffer].compactMap(\.self)
    ) { bindings in
      let x = bindings.activation(input)
      let loss = Displacement(
        features: x, gradient: target.map { bindings.activation($0.buffer) }, accumulate: accumulate,
        lanes: bindings.lanes, origins: origins.pointer, directions: directions.pointer,
        distanceWeight: distanceWeight, coefficient: memory.coefficients.pointer + index,
        summands: memory.summands[index].pointer)
      return Work(units: x.images) { units in
        for n in units { loss.evaluate(n) }
      }
    }
  }

  private mutating func lowerCrossEntropy(
    _ index: Int, _ logits: Value, _ labels: AlignedMemory<Int32>, _ weights: AlignedMemory<Float>,
    _ isMinimised: Bool, _ memory: LossMemory
  ) {
    let input = buffer(of: logits)
    let target = isMinimised ? gradientTarget(of: logits) : nil
    let accumulate = target?.accumulate ?? false
    builder.emit(
      "cross-entropy", reads: [input] + [accumulate ? target?.buffer : nil].compactMap(\.self),
      writes: [target?.buffer].compactMap(\.self)
    ) { bindings in
      let x = bindings.activation(input)
      let loss = CrossEntropy(
        logits: x, gradient: target.map { bindings.activation($0.buffer) }, accumulate: accumulate,
        lanes: bindings.lanes, labels: labels.pointer, weights: weights.pointer,
        coefficient: memory.coefficients.pointer + index, summands: memory.summands[index].pointer,
        hits: memory.hits[index].pointer)
      return Work(units: x.images) { units in
        for n in units { loss.evaluate(n) }
      }
    }
  }

  private mutating func lowerSoftCrossEntropy(
    _ index: Int, _ logits: Value, _ targets: AlignedMemory<Float>, _ isMinimised: Bool, _ memory: LossMemory
  ) {
    let input = buffer(of: logits)
    let target = isMinimised ? gradientTarget(of: logits) : nil
    let accumulate = target?.accumulate ?? false
    builder.emit(
      "soft cross-entropy", reads: [input] + [accumulate ? target?.buffer : nil].compactMap(\.self),
      writes: [target?.buffer].compactMap(\.self)
    ) { bindings in
      let x = bindings.activation(input)
      let loss = SoftCrossEntropy(
        logits: x, gradient: target.map { bindings.activation($0.buffer) }, accumulate: accumulate,
        lanes: bindings.lanes, targets: targets.pointer, coefficient: memory.coefficients.pointer + index,
        summands: memory.summands[index].pointer, hits: memory.hits[index].pointer)
      return Work(units: x.images) { units in
        for n in units { loss.evaluate(n) }
      }
    }
  }

  /// The kernels of a loss that compares two values image by image.
  private struct PairKernel: Sendable {
    var value: @Sendable (Activation, Activation, UnsafeMutablePointer<Float>, Range<Int>) -> Void
    var gradient: @Sendable (Activation, Activation, Float, Bool, Activation, Range<Int>) -> Void
  }

  private func featureKernel(_ weights: [Float]?) -> PairKernel {
    guard let weights else {
      return PairKernel(value: table.featureDistance, gradient: table.featureDistanceGradient)
    }
    let memory = constants(weights)
    let (value, gradient) = (table.weightedFeatureDistance, table.weightedFeatureDistanceGradient)
    return PairKernel(
      value: { a, b, distances, units in value(a, b, memory.pointer, distances, units) },
      gradient: { a, b, scale, accumulate, aGradient, units in
        gradient(a, b, memory.pointer, scale, accumulate, aGradient, units)
      })
  }

  private mutating func lowerPair(
    _ index: Int, _ position: Int, _ pair: LossKind.Pair, _ kernel: PairKernel, _ isMinimised: Bool,
    _ memory: LossMemory
  ) {
    let (left, right) = (buffer(of: pair.left), buffer(of: pair.right))
    let distances = builder.flat(count: graph.batch)
    builder.emit("distance", reads: [left, right], writes: [distances]) { bindings in
      let (a, b) = (bindings.activation(left), bindings.activation(right))
      let perImage = bindings.floats(distances)
      let batch = a.images
      let summands = memory.summands[index].pointer + position * batch
      return Work(units: batch) { units in
        kernel.value(a, b, perImage, units)
        for n in units { summands[n] = Double(perImage[n]) / Double(batch) }
      }
    }
    guard isMinimised else { return }
    // Both losses are symmetric, so the gradient for the right value is that of the exchanged pair.
    for (own, other, value) in [(left, right, pair.left), (right, left, pair.right)] {
      guard let target = gradientTarget(of: value) else { continue }
      builder.emit(
        "distance gradient", reads: [own, other] + (target.accumulate ? [target.buffer] : []),
        writes: [target.buffer]
      ) { bindings in
        let (a, b, ga) = (bindings.activation(own), bindings.activation(other), bindings.activation(target.buffer))
        let coefficient = memory.coefficients.pointer + index
        return Work(units: a.images) { units in
          kernel.gradient(a, b, coefficient[0] / Float(a.images), target.accumulate, ga, units)
          withExtendedLifetime(memory) {}
        }
      }
    }
  }
}
