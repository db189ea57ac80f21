extension TrainingPlan {
  private static let stepKey = "training.steps"
  private static let first = "first."
  private static let second = "second."

  /// Writes, atomically, everything that the next step depends on: tensors of all networks, the optimiser's moments,
  /// the number of steps. Callers put their random streams' states into the metadata.
  ///
  /// Tensors are named `NETWORK/TENSOR`, moments `first.NETWORK/TENSOR` and `second.NETWORK/TENSOR`.
  ///
  /// - Throws: `NeuralNetError.fileOperation`.
  package func save(to path: String, metadata: [String: String] = [:]) throws {
    var tensors: [String: Tensor] = [:]
    for (network, store) in zip(graph.networks, stores) where network.isCheckpointed {
      for (name, tensor) in store.tensors { tensors["\(network.name)/\(name)"] = tensor }
      guard store.isTrained else { continue }
      for (prefix, memory) in [(Self.first, store.firstMoment), (Self.second, store.secondMoment)] {
        for (name, tensor) in store.weightTensors(in: memory) { tensors["\(prefix)\(network.name)/\(name)"] = tensor }
      }
    }
    var metadata = metadata
    metadata[Self.stepKey] = String(stepsTaken)
    for network in graph.networks where network.isCheckpointed {
      metadata["\(SafetensorsFile.definitionKey).\(network.name)"] = network.definition
    }
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path)
  }

  /// Puts back what `save` wrote; the plan must be compiled from an equal graph. Nothing changes if anything is wrong.
  ///
  /// - Returns: The file's metadata.
  /// - Throws: `NeuralNetError`: whatever is wrong with the file or any tensor.
  package func restore(from path: String) throws -> [String: String] {
    let file = try SafetensorsFile(path: path)
    guard let text = file.metadata[Self.stepKey], let steps = Int(text), steps >= 0 else {
      throw NeuralNetError.badMetadata(source: path, key: Self.stepKey, reason: "not a number of steps")
    }
    var rest = Set(file.names)
    var restored: [(network: Int, tensors: [String: Tensor], first: [String: Tensor], second: [String: Tensor])] = []
    for (index, (network, store)) in zip(graph.networks, stores).enumerated() where network.isCheckpointed {
      let key = "\(SafetensorsFile.definitionKey).\(network.name)"
      guard file.metadata[key] == network.definition else {
        throw NeuralNetError.badMetadata(source: path, key: key, reason: "describes another network than the plan's")
      }
      func read(_ prefix: String, _ declarations: [ParameterDeclaration]) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for declaration in declarations {
          let name = "\(prefix)\(network.name)/\(declaration.name)"
          rest.remove(name)
          tensors[declaration.name] = try file.tensor(name, expecting: declaration.shape)
        }
        return tensors
      }
      let learned = store.isTrained ? store.declarations.filter { $0.role == .weight } : []
      restored.append(
        (index, try read("", store.declarations), try read(Self.first, learned), try read(Self.second, learned)))
    }
    if let extra = rest.min(), let found = file.shape(of: extra) {
      throw NeuralNetError.extraTensor(source: path, tensor: extra, found: found)
    }
    for state in restored {
      let store = stores[state.network]
      replaceTensors(of: state.network, by: state.tensors)
      guard store.isTrained else { continue }
      store.storeWeightTensors(state.first, in: store.firstMoment)
      store.storeWeightTensors(state.second, in: store.secondMoment)
    }
    optimiser.steps = steps
    return file.metadata
  }
}

extension SafetensorsFile {
  /// A tensor of a known shape without NaN or infinity.
  package func tensor(_ name: String, expecting shape: [Int]) throws -> Tensor {
    guard let found = self.shape(of: name) else {
      throw NeuralNetError.missingTensor(source: path, tensor: name, expected: shape)
    }
    guard found == shape else {
      throw NeuralNetError.misshapenTensor(source: path, tensor: name, expected: shape, found: found)
    }
    let tensor = try tensor(name)
    if let index = tensor.firstNotFinite {
      throw NeuralNetError.notFinite(source: path, tensor: name, index: index)
    }
    return tensor
  }
}
