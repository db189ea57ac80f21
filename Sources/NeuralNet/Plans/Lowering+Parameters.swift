import Kernels

/// Where a contribution to a parameter's gradient is written.
struct ParameterGradient: Sendable {
  let store: ParameterStore
  let declaration: Int
  /// Set when the parameter already has a contribution in this step; this one is then added to it.
  let scratch: BufferID?

  func pointer(_ bindings: Bindings) -> UnsafeMutablePointer<Float> {
    scratch.map { bindings.floats($0) } ?? store.gradientPointer(to: declaration)
  }
}

extension Lowering {
  /// Kernels overwrite gradients of parameters; a network that is applied twice sums its second contribution
  /// afterwards.
  mutating func parameterGradient(_ parameter: ParameterID) -> ParameterGradient {
    let store = stores[parameter.network]
    if touchedGradients.insert(parameter).inserted {
      return ParameterGradient(store: store, declaration: parameter.declaration, scratch: nil)
    }
    let count = store.paddedCount(of: parameter.declaration)
    let target = ParameterGradient(
      store: store, declaration: parameter.declaration, scratch: builder.flat(count: count))
    unfinishedGradients.append(target)
    return target
  }

  /// Adds the contributions that were written aside.
  mutating func finishParameterGradients() {
    let copy = table.copy
    for target in unfinishedGradients {
      guard let scratch = target.scratch else { continue }
      let count = target.store.paddedCount(of: target.declaration)
      let used = Tensor.count(of: target.store.declarations[target.declaration].shape)
      builder.emit("accumulate parameter gradient", reads: [scratch], writes: []) { bindings in
        let addition = bindings.floats(scratch)
        let source = Activation(flat: addition, count: count, lanes: bindings.lanes)
        let sum = Activation(
          flat: target.store.gradientPointer(to: target.declaration), count: count, lanes: bindings.lanes)
        return .single {
          // The padding is no one's gradient, and the scratch memory may hold anything there.
          (addition + used).update(repeating: 0, count: count - used)
          copy(source, true, sum, 0..<1)
        }
      }
    }
    unfinishedGradients.removeAll()
  }
}

extension Activation {
  /// A run of floats, a multiple of the lanes, seen as one image of one block.
  init(flat base: UnsafeMutablePointer<Float>, count: Int, lanes: Int) {
    precondition(count % lanes == 0, "a run of floats fills its vectors")
    self.init(
      base: base, images: 1, channels: lanes, height: 1, width: count / lanes, halo: 0, imageStride: count,
      blockStride: count, rowStride: count)
  }
}

extension Bindings {
  func blocks(of activation: Activation) -> Int { (activation.channels + lanes - 1) / lanes }
}
