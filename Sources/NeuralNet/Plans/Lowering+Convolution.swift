import Kernels

extension Lowering {
  /// The packed weights of a convolution, shared by all its applications.
  mutating func prepared(
    _ shape: ConvolutionShape, _ weight: ParameterID, _ bias: ParameterID?, _ folded: BatchNormParameters?,
    isTransposed: Bool = false
  ) -> PreparedConvolution {
    let key = PreparationKey(weight: weight, folded: folded)
    if let known = convolutions[key] { return known }
    let prepared = PreparedConvolution(
      shape, isTransposed: isTransposed, weight: weight.declaration, bias: bias?.declaration, folded: folded,
      in: stores[weight.network], table: table)
    convolutions[key] = prepared
    return prepared
  }

  mutating func lowerConvolution(
    _ shape: ConvolutionShape, _ weight: ParameterID, _ bias: ParameterID?, _ fused: FusedNode
  ) {
    let prepared = prepared(shape, weight, bias, fused.folded)
    let input = buffer(of: fused.node.inputs[0])
    let addend = fused.addend.map { buffer(of: $0) }
    let output = newBuffer(for: fused.output)
    builder.require(halo: table.forwardHalo(shape), of: input)
    let rectifies = fused.rectifies
    let reads = [input] + [addend].compactMap(\.self)
    if let winograd = winograd(prepared, isBackward: false, fused.output) {
      builder.emit("convolution", reads: reads, writes: [output, winograd.scratch]) { bindings in
        winograd.work(
          bindings, from: input, bias: prepared, addend: addend, rectifies: rectifies, accumulates: false, to: output)
      }
      return
    }
    let packed = prepared.packed(.forward)
    let (convolve, countUnits) = (table.convolve, table.convolutionUnits)
    builder.emit("convolution", reads: reads, writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      let sum = addend.map { bindings.activation($0) }
      return Work(units: countUnits(shape, y)) { units in
        convolve(shape, x, packed.pointer, prepared.biasPointer, sum, rectifies, y, units)
      }
    }
  }

  mutating func lowerConvolutionGradient(
    _ shape: ConvolutionShape, _ weight: ParameterID, _ bias: ParameterID?, _ fused: FusedNode, _ gradient: BufferID
  ) {
    if fused.rectifies { lowerMask(gradient, where: buffer(of: fused.output)) }
    let input = buffer(of: fused.node.inputs[0])
    var parts: [(Bindings) -> Work] = []
    var reads = [gradient]
    var writes: [BufferID] = []
    var weightSums: (winograd: WinogradWeightGradient, target: ParameterGradient)?
    if learns(weight) {
      let target = parameterGradient(weight)
      reads.append(input)
      if let winograd = winogradGradient(shape, fused.output) {
        writes += [winograd.sums, winograd.scratch]
        parts.append { winograd.work($0, input: input, gradient: gradient) }
        weightSums = (winograd, target)
      } else {
        let (convolve, countUnits) = (table.convolveWeightGradient, table.weightGradientUnits)
        if let scratch = target.scratch { writes.append(scratch) }
        parts.append { bindings in
          let (x, g, sums) = (bindings.activation(input), bindings.activation(gradient), target.pointer(bindings))
          return Work(units: countUnits(shape)) { convolve(shape, x, g, sums, $0) }
        }
      }
    }
    if let bias, learns(bias) { appendBiasGradient(bias, gradient, to: &parts, &writes) }
    if let target = gradientTarget(of: fused.node.inputs[0]) {
      let prepared = prepared(shape, weight, bias, fused.folded)
      builder.require(halo: table.backwardHalo(shape), of: gradient)
      if target.accumulate { reads.append(target.buffer) }
      writes.append(target.buffer)
      if let winograd = winograd(prepared, isBackward: true, fused.node.inputs[0]) {
        writes.append(winograd.scratch)
        parts.append { bindings in
          winograd.work(
            bindings, from: gradient, bias: nil, addend: nil, rectifies: false, accumulates: target.accumulate,
            to: target.buffer)
        }
      } else {
        let packed = prepared.packed(.backward)
        let (convolve, countUnits) = (table.convolveInputGradient, table.inputGradientUnits)
        parts.append { bindings in
          let (g, gx) = (bindings.activation(gradient), bindings.activation(target.buffer))
          return Work(units: countUnits(shape, gx)) { convolve(shape, g, packed.pointer, target.accumulate, gx, $0) }
        }
      }
    }
    emitTogether("convolution gradient", parts, reads: reads, writes: writes)
    if let weightSums { finish(weightSums.winograd, weightSums.target) }
    finishParameterGradients()
    if let addend = fused.addend { donate(gradient, to: addend) }
  }

  mutating func lowerTransposed(
    _ shape: ConvolutionShape, _ weight: ParameterID, _ bias: ParameterID?, _ fused: FusedNode
  ) {
    let prepared = prepared(shape, weight, bias, nil, isTransposed: true)
    let input = buffer(of: fused.node.inputs[0])
    let output = newBuffer(for: fused.output)
    builder.require(halo: table.backwardHalo(shape.mirrored), of: input)
    let packed = prepared.packed(.forward)
    let (convolve, countUnits) = (table.convolveTransposed, table.transposedUnits)
    builder.emit("transposed convolution", reads: [input], writes: [output]) { bindings in
      let (x, y) = (bindings.activation(input), bindings.activation(output))
      return Work(units: countUnits(shape, y)) { units in
        convolve(shape, x, packed.pointer, prepared.biasPointer, y, units)
      }
    }
  }

  mutating func lowerTransposedGradient(
    _ shape: ConvolutionShape, _ weight: ParameterID, _ bias: ParameterID?, _ fused: FusedNode, _ gradient: BufferID
  ) {
    let input = buffer(of: fused.node.inputs[0])
    var parts: [(Bindings) -> Work] = []
    var reads = [gradient]
    var writes: [BufferID] = []
    if learns(weight) {
      let (convolve, countUnits) = (table.convolveTransposedWeightGradient, table.transposedWeightGradientUnits)
      let target = parameterGradient(weight)
      reads.append(input)
      if let scratch = target.scratch { writes.append(scratch) }
      parts.append { bindings in
        let (x, g, sums) = (bindings.activation(input), bindings.activation(gradient), target.pointer(bindings))
        return Work(units: countUnits(shape)) { convolve(shape, x, g, sums, $0) }
      }
    }
    if let bias, learns(bias) { appendBiasGradient(bias, gradient, to: &parts, &writes) }
    if let target = gradientTarget(of: fused.node.inputs[0]) {
      let prepared = prepared(shape, weight, bias, nil, isTransposed: true)
      let packed = prepared.packed(.backward)
      builder.require(halo: table.forwardHalo(shape.mirrored), of: gradient)
      let (convolve, countUnits) = (table.convolveTransposedInputGradient, table.transposedInputGradientUnits)
      if target.accumulate { reads.append(target.buffer) }
      writes.append(target.buffer)
      parts.append { bindings in
        let (g, gx) = (bindings.activation(gradient), bindings.activation(target.buffer))
        return Work(units: countUnits(shape, gx)) { convolve(shape, g, packed.pointer, target.accumulate, gx, $0) }
      }
    }
    emitTogether("transposed convolution gradient", parts, reads: reads, writes: writes)
    finishParameterGradients()
  }

  private mutating func appendBiasGradient(
    _ bias: ParameterID, _ gradient: BufferID, to parts: inout [(Bindings) -> Work],
    _ writes: inout [BufferID]
  ) {
    let channelSums = table.channelSums
    let target = parameterGradient(bias)
    if let scratch = target.scratch { writes.append(scratch) }
    parts.append { bindings in
      let (g, sums) = (bindings.activation(gradient), target.pointer(bindings))
      return Work(units: bindings.blocks(of: g)) { channelSums(g, sums, $0) }
    }
  }

  /// One instruction from parts that write different memory and read none of what another writes.
  private mutating func emitTogether(
    _ name: String, _ parts: [(Bindings) -> Work], reads: [BufferID], writes: [BufferID]
  ) {
    if parts.isEmpty { return }
    builder.emit(name, reads: reads, writes: writes) { bindings in Work.together(parts.map { $0(bindings) }) }
  }
}
