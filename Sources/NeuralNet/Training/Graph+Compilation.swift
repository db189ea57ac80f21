import Foundations
import Kernels

extension Graph {
  func makeStores(isTraining: Bool) -> [ParameterStore] {
    networks.map { network in
      ParameterStore(
        network.declarations, tensors: network.tensors, isTrained: isTraining && !network.isFrozen)
    }
  }

  /// Every value that a loss measures.
  var lossInputs: [Value] {
    losses.flatMap { loss -> [Value] in
      switch loss.kind {
      case .crossEntropy(let logits, _, _): [logits]
      case .softCrossEntropy(let logits, _): [logits]
      case .featureDistance(let pairs): pairs.flatMap { [$0.left, $0.right] }
      case .squaredError(let pair): [pair.left, pair.right]
      case .targetDistance(let features, _, _): [features]
      case .weightDistance: []
      case .displacement(let features, _, _, _): [features]
      }
    }
  }

  func makeImageMemory() -> [String: AlignedMemory<UInt8>] {
    var memory: [String: AlignedMemory<UInt8>] = [:]
    for node in nodes {
      if case .images(let name) = node.operation {
        memory[name] = AlignedMemory(count: batch * node.output.shape.count)
      }
    }
    return memory
  }

  func lossIndex(_ name: String) -> Int {
    guard let index = losses.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("the graph has no loss named \(name)")
    }
    return index
  }

  func definition(of network: Int) -> String {
    guard let definition = networks[network].definition else {
      preconditionFailure("network \(networks[network].name) was built without a definition")
    }
    return definition
  }

  func networkIndex(_ name: String) -> Int {
    guard let index = networks.firstIndex(where: { $0.name == name }) else {
      preconditionFailure("the graph has no network named \(name)")
    }
    return index
  }
}

extension Lowering {
  /// Packing of weights: once for those that never change, before each step for the others.
  var preparations: (perStep: Work?, once: [() -> Void]) {
    var perStep: [Work] = []
    var once: [() -> Void] = []
    let sorted = convolutions.sorted {
      ($0.key.weight.network, $0.key.weight.declaration) < ($1.key.weight.network, $1.key.weight.declaration)
    }
    for (key, convolution) in sorted {
      if isTraining && !graph.networks[key.weight.network].isFrozen {
        perStep += convolution.preparation
      } else {
        once.append { convolution.prepare() }
      }
    }
    for norm in frozenNorms.values { once.append { norm.prepare() } }
    return (perStep.isEmpty ? nil : .together(perStep), once)
  }

  /// Emits copies of values to memory of their own.
  mutating func exportValues(_ values: [String: Value]) -> [String: AlignedMemory<Float>] {
    values.mapValues { value in export(buffer(of: value), value.shape) }
  }

  private mutating func export(_ buffer: BufferID, _ shape: ImageShape) -> AlignedMemory<Float> {
    let memory = AlignedMemory<Float>(count: graph.batch * shape.count)
    let exportFloats = table.exportFloats
    builder.emit("export", reads: [buffer], writes: []) { bindings in
      let x = bindings.activation(buffer)
      return Work(units: x.images) { exportFloats(x, memory.pointer, $0) }
    }
    return memory
  }

  /// Emits copies of the images' gradients to memory of their own.
  mutating func exportInputGradients(_ names: Set<String>) -> [String: AlignedMemory<Float>] {
    var result: [String: AlignedMemory<Float>] = [:]
    for node in graph.nodes {
      guard case .images(let name) = node.operation, names.contains(name),
        let gradient = gradients[node.output.index]
      else { continue }
      result[name] = export(gradient, node.output.shape)
    }
    return result
  }
}
