import Kernels

/// What the forward pass of a trained batch norm leaves for the backward pass, one float per channel each.
struct BatchStatistics: Sendable {
  var mean: BufferID
  var inverseDeviation: BufferID
}

extension Lowering {
  /// Normalises by the batch and moves the running statistics.
  mutating func lowerBatchNorm(_ norm: BatchNormParameters, _ fused: FusedNode) {
    let channels = fused.output.channels
    let input = buffer(of: fused.node.inputs[0])
    let addend = fused.addend.map { buffer(of: $0) }
    let output = newBuffer(for: fused.output)
    let mean = builder.vector(channels: channels)
    let deviation = builder.vector(channels: channels)
    let (scale, shift) = (builder.vector(channels: channels), builder.vector(channels: channels))
    statistics[fused.output.index] = BatchStatistics(mean: mean, inverseDeviation: deviation)

    let batchStatistics = table.batchStatistics
    let affine = NormPointers(norm, in: stores[norm.scale.network])
    builder.emit("batch statistics", reads: [input], writes: [mean, deviation, scale, shift]) { bindings in
      let x = bindings.activation(input)
      let vectors = NormVectors(
        mean: bindings.floats(mean), inverseDeviation: bindings.floats(deviation), scale: bindings.floats(scale),
        shift: bindings.floats(shift), lanes: bindings.lanes)
      let population = x.images * x.height * x.width
      return Work(units: bindings.blocks(of: x)) { units in
        // The variance is written where its inverse root belongs and replaced in place.
        batchStatistics(x, vectors.mean, vectors.inverseDeviation, units)
        affine.normalise(vectors, population: population, units: units)
      }
    }

    let (scaleShift, rectifies) = (table.scaleShift, fused.rectifies)
    builder.emit(
      "normalise", reads: [input, scale, shift] + [addend].compactMap(\.self), writes: [output]
    ) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      let sum = addend.map { bindings.activation($0) }
      let (a, b) = (bindings.floats(scale), bindings.floats(shift))
      return Work(units: x.images) { scaleShift(x, a, b, sum, rectifies, y, $0) }
    }
  }

  mutating func lowerBatchNormGradient(_ norm: BatchNormParameters, _ fused: FusedNode, _ gradient: BufferID) {
    guard let saved = statistics[fused.output.index] else { preconditionFailure("statistics precede their gradient") }
    let channels = fused.output.channels
    let input = buffer(of: fused.node.inputs[0])
    let mask = maskForNorm(fused, gradient)
    let (a, b, c) = (
      builder.vector(channels: channels), builder.vector(channels: channels), builder.vector(channels: channels)
    )
    let (sum, dot) = (builder.vector(channels: channels), builder.vector(channels: channels))
    let store = stores[norm.scale.network]
    let gamma = store.pointer(to: norm.scale.declaration)
    let (gammaGradient, betaGradient) = (
      store.gradientPointer(to: norm.scale.declaration), store.gradientPointer(to: norm.shift.declaration)
    )
    let isFirst = touchedGradients.insert(norm.scale).inserted
    touchedGradients.insert(norm.shift)

    let reductions = table.batchNormReductions
    builder.emit(
      "batch norm reductions",
      reads: [input, gradient, saved.mean, saved.inverseDeviation] + [mask].compactMap(\.self),
      writes: [a, b, c, sum, dot]
    ) { bindings in
      let (x, g) = (bindings.activation(input), bindings.activation(gradient))
      let y = mask.map { bindings.activation($0) }
      let (mean, deviation) = (bindings.floats(saved.mean), bindings.floats(saved.inverseDeviation))
      let (a, b, c) = (bindings.floats(a), bindings.floats(b), bindings.floats(c))
      let (sum, dot, lanes) = (bindings.floats(sum), bindings.floats(dot), bindings.lanes)
      let population = Float(x.images * x.height * x.width)
      return Work(units: bindings.blocks(of: x)) { units in
        reductions(x, y, g, mean, deviation, sum, dot, units)
        for channel in units.lowerBound * lanes..<units.upperBound * lanes {
          a[channel] = gamma[channel] * deviation[channel]
          b[channel] = -a[channel] * dot[channel] * deviation[channel] / population
          c[channel] = -a[channel] * sum[channel] / population
          gammaGradient[channel] = (isFirst ? 0 : gammaGradient[channel]) + dot[channel]
          betaGradient[channel] = (isFirst ? 0 : betaGradient[channel]) + sum[channel]
        }
      }
    }
    emitNormInputGradient(fused, gradient, mask, mean: saved.mean, a, b, c)
  }

  private mutating func emitNormInputGradient(
    _ fused: FusedNode, _ gradient: BufferID, _ mask: BufferID?, mean: BufferID, _ a: BufferID, _ b: BufferID,
    _ c: BufferID
  ) {
    let input = buffer(of: fused.node.inputs[0])
    if let target = gradientTarget(of: fused.node.inputs[0]) {
      let inputGradient = table.batchNormInputGradient
      builder.emit(
        "batch norm gradient",
        reads: [input, gradient, mean, a, b, c] + [mask, target.accumulate ? target.buffer : nil].compactMap(\.self),
        writes: [target.buffer]
      ) { bindings in
        let (x, g, gx) = (
          bindings.activation(input), bindings.activation(gradient), bindings.activation(target.buffer)
        )
        let y = mask.map { bindings.activation($0) }
        let (mean, a, b, c) = (bindings.floats(mean), bindings.floats(a), bindings.floats(b), bindings.floats(c))
        return Work(units: x.images) { inputGradient(x, y, g, mean, a, b, c, target.accumulate, gx, $0) }
      }
    }
    if let addend = fused.addend { donate(gradient, to: addend) }
  }

  /// The output by which the gradient must still be masked.
  ///
  /// With an addend the gradient is masked in place, since the addend's gradient is the masked one; without, the
  /// kernels mask as they read, which saves a pass.
  func maskIsInPlace(_ fused: FusedNode) -> Bool {
    guard fused.rectifies, let addend = fused.addend else { return false }
    return needsGradient[addend.index]
  }

  mutating func maskForNorm(_ fused: FusedNode, _ gradient: BufferID) -> BufferID? {
    guard fused.rectifies else { return nil }
    let output = buffer(of: fused.output)
    guard maskIsInPlace(fused) else { return output }
    lowerMask(gradient, where: output)
    return nil
  }
}

/// The addresses of one channel's worth of numbers, times the channels.
struct NormVectors {
  let mean: UnsafeMutablePointer<Float>
  /// Holds the variance before `normalise`.
  let inverseDeviation: UnsafeMutablePointer<Float>
  let scale: UnsafeMutablePointer<Float>
  let shift: UnsafeMutablePointer<Float>
  let lanes: Int
}

/// A trained batch norm's tensors.
struct NormPointers {
  let store: ParameterStore
  let gamma: UnsafeMutablePointer<Float>
  let beta: UnsafeMutablePointer<Float>
  let runningMean: UnsafeMutablePointer<Float>
  let runningVariance: UnsafeMutablePointer<Float>
  let epsilon: Float
  let momentum: Float

  init(_ norm: BatchNormParameters, in store: ParameterStore) {
    self.store = store
    gamma = store.pointer(to: norm.scale.declaration)
    beta = store.pointer(to: norm.shift.declaration)
    runningMean = store.pointer(to: norm.mean.declaration)
    runningVariance = store.pointer(to: norm.variance.declaration)
    epsilon = norm.epsilon
    momentum = norm.momentum
  }

  /// Scale and shift of the blocks' channels from their mean and variance, and the next running statistics.
  func normalise(_ vectors: NormVectors, population: Int, units: Range<Int>) {
    // Running variances are unbiased, as in PyTorch; one value has no unbiased variance.
    let correction = Float(population) / Float(max(population - 1, 1))
    for channel in units.lowerBound * vectors.lanes..<units.upperBound * vectors.lanes {
      let mean = vectors.mean[channel]
      let variance = vectors.inverseDeviation[channel]
      let inverse = 1 / (variance + epsilon).squareRoot()
      vectors.inverseDeviation[channel] = inverse
      vectors.scale[channel] = gamma[channel] * inverse
      vectors.shift[channel] = beta[channel] - mean * gamma[channel] * inverse
      runningMean[channel] += momentum * (mean - runningMean[channel])
      runningVariance[channel] += momentum * (variance * correction - runningVariance[channel])
    }
  }
}
