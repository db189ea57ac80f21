import Kernels

/// The tensors of one network of a plan at fixed addresses: weights, running statistics, and what training adds.
///
/// All weights lie in one run, so that an optimiser passes over them once. Every tensor starts on a cache line and is
/// padded with zeros to whole ones, which also makes each per-channel vector long enough for the widest lanes.
final class ParameterStore: @unchecked Sendable {
  let declarations: [ParameterDeclaration]
  let isTrained: Bool
  let weights: AlignedMemory<Float>
  let statistics: AlignedMemory<Float>
  /// Of the weights, as many floats; empty when nothing is learned.
  let gradients: AlignedMemory<Float>
  /// Adam's first moment or SGD's velocity.
  let firstMoment: AlignedMemory<Float>
  /// Adam's second moment.
  let secondMoment: AlignedMemory<Float>
  private let offsets: [Int]

  private static let alignment = 16

  init(_ declarations: [ParameterDeclaration], tensors: [String: Tensor], isTrained: Bool) {
    self.declarations = declarations
    self.isTrained = isTrained
    // Weights lie in one memory, which the optimiser goes through, all else in the other.
    var counts = (weights: 0, others: 0)
    offsets = declarations.map { declaration in
      let place = declaration.role == .weight ? \(weights: Int, others: Int).weights : \.others
      let offset = counts[keyPath: place]
      let count = Tensor.count(of: declaration.shape)
      counts[keyPath: place] = offset + (count + Self.alignment - 1) / Self.alignment * Self.alignment
      return offset
    }
    let count = counts.weights
    weights = AlignedMemory<Float>(count: count)
    statistics = AlignedMemory<Float>(count: counts.others)
    gradients = AlignedMemory<Float>(count: isTrained ? count : 0)
    firstMoment = AlignedMemory<Float>(count: isTrained ? count : 0)
    secondMoment = AlignedMemory<Float>(count: isTrained ? count : 0)
    store(tensors)
  }

  func pointer(to index: Int) -> UnsafeMutablePointer<Float> {
    memory(of: index).pointer + offsets[index]
  }

  /// Floats that a tensor takes with its padding.
  func paddedCount(of index: Int) -> Int {
    (Tensor.count(of: declarations[index].shape) + Self.alignment - 1) / Self.alignment * Self.alignment
  }

  func gradientPointer(to index: Int) -> UnsafeMutablePointer<Float> {
    precondition(isTrained && declarations[index].role == .weight, "only learned weights have gradients")
    return gradients.pointer + offsets[index]
  }

  private func memory(of index: Int) -> AlignedMemory<Float> {
    declarations[index].role == .weight ? weights : statistics
  }

  /// Takes over tensors of the declared shapes.
  func store(_ tensors: [String: Tensor]) {
    for (index, declaration) in declarations.enumerated() {
      guard let tensor = tensors[declaration.name], tensor.shape == declaration.shape else {
        preconditionFailure("a network has the tensors that its layers declare: \(declaration.name)")
      }
      memory(of: index).store(tensor.values.span, at: offsets[index])
    }
  }

  /// The tensors as they are now.
  var tensors: [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (index, declaration) in declarations.enumerated() {
      tensors[declaration.name] = tensor(index, in: memory(of: index))
    }
    return tensors
  }

  /// One learned weight's share of a block that is laid out like the weights.
  func weightTensors(in memory: AlignedMemory<Float>) -> [String: Tensor] {
    var tensors: [String: Tensor] = [:]
    for (index, declaration) in declarations.enumerated() where declaration.role == .weight {
      tensors[declaration.name] = tensor(index, in: memory)
    }
    return tensors
  }

  func storeWeightTensors(_ tensors: [String: Tensor], in memory: AlignedMemory<Float>) {
    for (index, declaration) in declarations.enumerated() where declaration.role == .weight {
      guard let tensor = tensors[declaration.name], tensor.shape == declaration.shape else {
        preconditionFailure("moments have the shapes of their weights: \(declaration.name)")
      }
      memory.store(tensor.values.span, at: offsets[index])
    }
  }

  private func tensor(_ index: Int, in memory: AlignedMemory<Float>) -> Tensor {
    let shape = declarations[index].shape
    return Tensor(shape: shape, values: memory.values(offsets[index]..<offsets[index] + Tensor.count(of: shape)))
  }
}
