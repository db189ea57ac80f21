import Kernels

extension Lowering {
  mutating func lowerMaxPool(_ size: Int, _ stride: Int, _ padding: Int, _ fused: FusedNode) {
    let input = buffer(of: fused.node.inputs[0])
    let output = newBuffer(for: fused.output)
    let maxPool = table.maxPool
    builder.emit("max pool", reads: [input], writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      return Work(units: x.images) { maxPool(x, size, stride, padding, y, $0) }
    }
  }

  mutating func lowerMaxPoolGradient(
    _ size: Int, _ stride: Int, _ padding: Int, _ fused: FusedNode, _ gradient: BufferID
  ) {
    let input = buffer(of: fused.node.inputs[0])
    guard let target = gradientTarget(of: fused.node.inputs[0]) else { return }
    let kernel = table.maxPoolGradient
    builder.emit(
      "max pool gradient", reads: [input, gradient] + (target.accumulate ? [target.buffer] : []),
      writes: [target.buffer]
    ) { bindings in
      let (x, g, gx) = (
        bindings.activation(input), bindings.activation(gradient), bindings.activation(target.buffer)
      )
      return Work(units: x.images) { kernel(x, size, stride, padding, g, target.accumulate, gx, $0) }
    }
  }

  mutating func lowerAveragePool(_ size: Int, _ stride: Int, _ fused: FusedNode) {
    let input = buffer(of: fused.node.inputs[0])
    let output = newBuffer(for: fused.output)
    let averagePool = table.averagePool
    builder.emit("average pool", reads: [input], writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      return Work(units: x.images) { averagePool(x, size, stride, y, $0) }
    }
  }

  mutating func lowerAveragePoolGradient(_ size: Int, _ stride: Int, _ fused: FusedNode, _ gradient: BufferID) {
    guard let target = gradientTarget(of: fused.node.inputs[0]) else { return }
    let kernel = table.averagePoolGradient
    builder.emit(
      "average pool gradient", reads: [gradient] + (target.accumulate ? [target.buffer] : []),
      writes: [target.buffer]
    ) { bindings in
      let (g, gx) = (bindings.activation(gradient), bindings.activation(target.buffer))
      return Work(units: g.images) { kernel(size, stride, g, target.accumulate, gx, $0) }
    }
  }
}
