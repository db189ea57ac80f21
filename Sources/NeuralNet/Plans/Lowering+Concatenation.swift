import Kernels

extension Lowering {
  /// Lets the values of a concatenation be computed where it wants them, so that it copies nothing.
  ///
  /// Possible for values that start at a block of the whole. A value that is already part of another concatenation, or
  /// that appears twice, is copied; then its channels must fill their blocks too, since a copy writes no further. A
  /// concatenation whose values are the first ones of a later concatenation is that one's beginning (dense networks
  /// read every prefix of what a block gives), so the last ones are placed first.
  mutating func placeConcatenations(_ fused: [FusedNode]) {
    let nodes = fused.filter { $0.node.operation == .concatenate }
    for (position, node) in nodes.enumerated().reversed() {
      guard buffers[node.output.index] == nil else { continue }
      let placements = placements(in: node)
      guard placements.allSatisfy({ $0.isAligned && ($0.isPlaceable || $0.value.channels % table.lanes == 0) }) else {
        continue
      }
      let whole = newBuffer(for: node.output)
      for placement in placements where placement.isPlaceable {
        buffers[placement.value.index] = builder.part(
          of: whole, shape: placement.value.shape, firstChannel: placement.firstChannel)
      }
      guard placements.allSatisfy(\.isPlaceable) else { continue }
      for shorter in nodes[..<position] where buffers[shorter.output.index] == nil && isPrefix(shorter, of: node) {
        buffers[shorter.output.index] = builder.part(of: whole, shape: shorter.output.shape, firstChannel: 0)
        prefixes[node.output.index, default: []].append(shorter.output)
      }
    }
  }

  /// Whether one concatenation's values are the first ones of another's, and fill their blocks.
  private func isPrefix(_ shorter: FusedNode, of longer: FusedNode) -> Bool {
    longer.node.inputs.starts(with: shorter.node.inputs) && shorter.output.channels % table.lanes == 0
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
    let isPlaced = fused.node.inputs.contains { builder.isPart(buffer(of: $0), within: output) }
    if !isPlaced && !fused.node.inputs.allSatisfy({ $0.channels % table.lanes == 0 }) { clear(output) }
    var first = 0
    for value in fused.node.inputs {
      let (input, channels, at) = (buffer(of: value), value.channels, first)
      first += channels
      if builder.isPart(input, within: output, firstChannel: at) { continue }
      let copyChannels = table.copyChannels
      builder.emit("concatenate", reads: [input], writes: [output]) { bindings in
        let (x, y) = (bindings.activation(input), bindings.activation(output))
        return Work(units: x.images) { copyChannels(x, 0..<channels, y, at, false, $0) }
      }
    }
  }

  /// Parts that do not fill their blocks leave lanes that no copy writes and that must be zero.
  private mutating func clear(_ buffer: BufferID) {
    builder.emit("clear", reads: [], writes: [buffer]) { bindings in
      let y = bindings.activation(buffer)
      let first = y.base - bindings.origin(of: buffer)
      return Work(units: y.images) { units in
        (first + units.lowerBound * y.imageStride).update(repeating: 0, count: units.count * y.imageStride)
      }
    }
  }

  mutating func lowerConcatenateGradient(_ fused: FusedNode, _ gradient: BufferID) {
    if !builder.isPart(gradient) {
      // Whatever reads a prefix adds its gradient to the prefix of the whole's.
      for prefix in prefixes[fused.output.index] ?? [] where gradients[prefix.index] == nil {
        gradients[prefix.index] = builder.part(of: gradient, shape: prefix.shape, firstChannel: 0)
      }
    }
    var first = 0
    for value in fused.node.inputs {
      let (channels, from) = (value.channels, first)
      first += channels
      if let own = gradients[value.index], builder.isPart(own, within: gradient, firstChannel: from) { continue }
      // The gradient of the whole is read by nobody else, so a part of it can serve as the gradient of the value.
      if needsGradient[value.index], gradients[value.index] == nil, from % table.lanes == 0,
        channels % table.lanes == 0, !builder.isPart(gradient)
      {
        gradients[value.index] = builder.part(of: gradient, shape: value.shape, firstChannel: from)
        continue
      }
      guard let target = gradientTarget(of: value) else { continue }
      if !target.accumulate && channels % table.lanes != 0 { clear(target.buffer) }
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
