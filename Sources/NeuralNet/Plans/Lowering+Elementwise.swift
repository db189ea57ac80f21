import Kernels

extension Lowering {
  mutating func lowerImages(_ name: String, _ fused: FusedNode) {
    let source = sources[name] ?? ImageSource()
    sources[name] = source
    let output = newBuffer(for: fused.output)
    let importBytes = table.importBytes
    builder.emit("images", reads: [], writes: [output]) { bindings in
      let y = bindings.activation(output)
      return Work(units: y.images) { units in
        guard let bytes = source.bytes else { preconditionFailure("images \(name) are set before a step") }
        let present = units.clamped(to: 0..<source.count)
        if !present.isEmpty { importBytes(bytes, y, present) }
      }
    }
  }

  mutating func lowerElementwise(
    _ name: String, _ kernel: @escaping @Sendable (Activation, Activation, Range<Int>) -> Void, _ fused: FusedNode
  ) {
    let input = buffer(of: fused.node.inputs[0])
    let output = newBuffer(for: fused.output)
    builder.emit(name, reads: [input], writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      return Work(units: x.images) { kernel(x, y, $0) }
    }
  }

  /// The gradient is a function of the output and the output's gradient, so it can replace the latter in place.
  mutating func lowerElementwiseGradient(
    _ name: String,
    _ kernel: @escaping @Sendable (Activation, Activation, Bool, Activation, Range<Int>) -> Void, _ fused: FusedNode,
    _ gradient: BufferID
  ) {
    let input = fused.node.inputs[0]
    guard needsGradient[input.index] else { return }
    let output = buffer(of: fused.output)
    let target = gradients[input.index]
    gradients[input.index] = target ?? gradient
    let destination = target ?? gradient
    builder.emit(name, reads: [output, gradient, destination], writes: [destination]) { bindings in
      let (y, g, gx) = (bindings.activation(output), bindings.activation(gradient), bindings.activation(destination))
      return Work(units: y.images) { kernel(y, g, target != nil, gx, $0) }
    }
  }

  /// Zeroes a gradient in place where a ReLU's output is not positive.
  mutating func lowerMask(_ gradient: BufferID, where output: BufferID) {
    let kernel = table.rectifyGradient
    builder.emit("mask", reads: [output, gradient], writes: [gradient]) { bindings in
      let (y, g) = (bindings.activation(output), bindings.activation(gradient))
      return Work(units: y.images) { kernel(y, g, false, g, $0) }
    }
  }

  mutating func lowerAdd(_ fused: FusedNode) {
    let (left, right) = (buffer(of: fused.node.inputs[0]), buffer(of: fused.node.inputs[1]))
    let output = newBuffer(for: fused.output)
    let add = table.add
    builder.emit("add", reads: [left, right], writes: [output]) { bindings in
      let (a, b, y) = (bindings.activation(left), bindings.activation(right), bindings.activation(output))
      return Work(units: y.images) { add(a, b, y, $0) }
    }
  }

  mutating func lowerAddGradient(_ fused: FusedNode, _ gradient: BufferID) {
    // The copy for the right term is taken before the left one inherits the buffer and adds to it.
    if let target = gradientTarget(of: fused.node.inputs[1]) {
      let copy = table.copy
      builder.emit(
        "add gradient", reads: [gradient] + (target.accumulate ? [target.buffer] : []), writes: [target.buffer]
      ) { bindings in
        let (g, gx) = (bindings.activation(gradient), bindings.activation(target.buffer))
        return Work(units: g.images) { copy(g, target.accumulate, gx, $0) }
      }
    }
    donate(gradient, to: fused.node.inputs[0])
  }

  mutating func lowerMultiply(_ fused: FusedNode) {
    let (left, right) = (buffer(of: fused.node.inputs[0]), buffer(of: fused.node.inputs[1]))
    let output = newBuffer(for: fused.output)
    let multiply = table.multiply
    builder.emit("multiply", reads: [left, right], writes: [output]) { bindings in
      let (a, b, y) = (bindings.activation(left), bindings.activation(right), bindings.activation(output))
      return Work(units: y.images) { multiply(a, b, false, y, $0) }
    }
  }

  /// Each factor's gradient is the product's times the other factor.
  mutating func lowerMultiplyGradient(_ fused: FusedNode, _ gradient: BufferID) {
    let inputs = fused.node.inputs
    for (factor, other) in [(inputs[0], inputs[1]), (inputs[1], inputs[0])] {
      guard let target = gradientTarget(of: factor) else { continue }
      let other = buffer(of: other)
      let multiply = table.multiply
      builder.emit(
        "multiply gradient", reads: [gradient, other] + (target.accumulate ? [target.buffer] : []),
        writes: [target.buffer]
      ) { bindings in
        let (g, b) = (bindings.activation(gradient), bindings.activation(other))
        let gx = bindings.activation(target.buffer)
        return Work(units: g.images) { multiply(g, b, target.accumulate, gx, $0) }
      }
    }
  }

  mutating func lowerPerturb(_ epsilon: Float, _ rounding: Bool, _ fused: FusedNode) {
    let (image, perturbation) = (buffer(of: fused.node.inputs[0]), buffer(of: fused.node.inputs[1]))
    let output = newBuffer(for: fused.output)
    let perturb = table.perturb
    builder.emit("perturb", reads: [image, perturbation], writes: [output]) { bindings in
      let (x, u, y) = (bindings.activation(image), bindings.activation(perturbation), bindings.activation(output))
      return Work(units: x.images) { perturb(x, u, epsilon, rounding, y, $0) }
    }
  }

  mutating func lowerPerturbGradient(_ epsilon: Float, _ fused: FusedNode, _ gradient: BufferID) {
    precondition(!needsGradient[fused.node.inputs[0].index], "a perturbed image is given, not computed")
    let (image, perturbation) = (buffer(of: fused.node.inputs[0]), buffer(of: fused.node.inputs[1]))
    guard let target = gradientTarget(of: fused.node.inputs[1]) else { return }
    let kernel = table.perturbGradient
    builder.emit(
      "perturb gradient", reads: [image, perturbation, gradient] + (target.accumulate ? [target.buffer] : []),
      writes: [target.buffer]
    ) { bindings in
      let (x, u) = (bindings.activation(image), bindings.activation(perturbation))
      let (g, gu) = (bindings.activation(gradient), bindings.activation(target.buffer))
      return Work(units: x.images) { kernel(x, u, epsilon, g, target.accumulate, gu, $0) }
    }
  }
}
