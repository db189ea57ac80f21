import Kernels

extension Lowering {
  /// Lets the values of a concatenation be computed where it wants them, so that it copies nothing.
  ///
  /// Possible for values that start at a block of the whole. A value that is already part of another concatenation, or
  /// that appears twice, is copied; then its channels must fill their blocks too, since a copy writes no further.
  mutating func placeConcatenations(_ fused: [FusedNode]) {
    for node in fused where node.node.operation == .concatenate {
      let placements = placements(in: node)
      guard placements.allSatisfy({ $0.isAligned && ($0.isPlaceable || $0.value.channels % table.lanes == 0) }) else {
        continue
      }
      let whole = newBuffer(for: node.output)
      for placement in placements where placement.isPlaceable {
        buffers[placement.value.index] = builder.part(
          of: whole, shape: placement.value.shape, firstChannel: placement.firstChannel)
      }
    }
  }

  private struct Placement {
    var value: Value
    var firstChannel: Int
    var isAligned: Bool
    var isPlaceable: Bool
  }

  private func placements(in node: FusedNode) -> [Placement] {
    var first = 0
    var seen: Set<Int> = []
    return node.node.inputs.map { value in
      defer { first += value.channels }
      let isNew = seen.insert(value.index).inserted && buffers[value.index] == nil
      let isWhole = graph.nodes[value.index].operation == .concatenate
      return Placement(
        value: value, firstChannel: first, isAligned: first % table.lanes == 0, isPlaceable: isNew && !isWhole)
    }
  }

  mutating func lowerConcatenate(_ fused: FusedNode) {
    let output = newBuffer(for: fused.output)
    let isPlaced = fused.node.inputs.contains { builder.isPart(buffer(of: $0), of: output) }
    if !isPlaced { clearUnlessAligned(output, fused) }
    var first = 0
    for value in fused.node.inputs {
      let (input, channels, at) = (buffer(of: value), value.channels, first)
      first += channels
      if builder.isPart(input, of: output, firstChannel: at) { continue }
      let copyChannels = table.copyChannels
      builder.emit("concatenate", reads: [input], writes: [output]) { bindings in
        let (x, y) = (bindings.activation(input), bindings.activation(output))
        return Work(units: x.images) { copyChannels(x, 0..<channels, y, at, false, $0) }
      }
    }
  }

  /// Parts that do not fill their blocks leave lanes that no copy writes and that must be zero.
  private mutating func clearUnlessAligned(_ output: BufferID, _ fused: FusedNode) {
    if fused.node.inputs.allSatisfy({ $0.channels % table.lanes == 0 }) { return }
    builder.emit("clear", reads: [], writes: [output]) { bindings in
      let y = bindings.activation(output)
      let first = y.base - bindings.origin(of: output)
      return Work(units: y.images) { units in
        (first + units.lowerBound * y.imageStride).update(repeating: 0, count: units.count * y.imageStride)
      }
    }
  }

  mutating func lowerConcatenateGradient(_ fused: FusedNode, _ gradient: BufferID) {
    var first = 0
    for value in fused.node.inputs {
      let (channels, from) = (value.channels, first)
      first += channels
      // The gradient of the whole is read by nobody else, so a part of it can serve as the gradient of the value.
      if needsGradient[value.index], gradients[value.index] == nil, from % table.lanes == 0,
        channels % table.lanes == 0, !builder.isPart(gradient)
      {
        gradients[value.index] = builder.part(of: gradient, shape: value.shape, firstChannel: from)
        continue
      }
      guard let target = gradientTarget(of: value) else { continue }
      let copyChannels = table.copyChannels
      builder.emit(
        "concatenate gradient", reads: [gradient] + (target.accumulate ? [target.buffer] : []),
        writes: [target.buffer]
      ) { bindings in
        let (g, gx) = (bindings.activation(gradient), bindings.activation(target.buffer))
        return Work(units: g.images) { copyChannels(g, from..<from + channels, gx, 0, target.accumulate, $0) }
      }
    }
  }
}
