import Foundation
package import Foundations
package import NeuralNet

/// A network and its tensors: parameters and running statistics under PyTorch's names.
package struct Model: Sendable {
  package let definition: NetworkDefinition
  package internal(set) var tensors: [String: Tensor]

  /// A fresh network.
  ///
  /// Convolutions before a batch norm start Kaiming-normal (fan-out) as in torchvision, batch norms at 1 and 0,
  /// everything else as PyTorch's default. Each tensor has a random stream of its own, by name.
  ///
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package init(_ definition: NetworkDefinition, seed: UInt64) throws {
    self.definition = try definition.validated()
    tensors = [:]
    for declaration in try definition.requireModest() {
      var stream = RandomStream(seed: seed, stream: declaration.name)
      tensors[declaration.name] = declaration.initialization.tensor(shape: declaration.shape, using: &stream)
    }
  }

  /// A network with given tensors, each of which is checked.
  ///
  /// - Throws: `NeuralNetError.invalidDefinition`, `.missingTensor`, `.extraTensor`, `.misshapenTensor`, `.notFinite`.
  package init(_ definition: NetworkDefinition, tensors: [String: Tensor], source: String = "tensors") throws {
    self.definition = try definition.validated()
    self.tensors = tensors
    let declarations = definition.declarations
    for declaration in declarations {
      guard let tensor = tensors[declaration.name] else {
        throw NeuralNetError.missingTensor(source: source, tensor: declaration.name, expected: declaration.shape)
      }
      guard tensor.shape == declaration.shape else {
        throw NeuralNetError.misshapenTensor(
          source: source, tensor: declaration.name, expected: declaration.shape, found: tensor.shape)
      }
      if let index = tensor.firstNotFinite {
        throw NeuralNetError.notFinite(source: source, tensor: declaration.name, index: index)
      }
    }
    let known = Set(declarations.map(\.name))
    if let extra = tensors.keys.filter({ !known.contains($0) }).min(), let tensor = tensors[extra] {
      throw NeuralNetError.extraTensor(source: source, tensor: extra, found: tensor.shape)
    }
  }

  /// The same tensors for images of another size.
  /// - Throws: as above; see `NetworkDefinition.isSame`.
  package func reading(_ input: ImageShape) throws -> Model {
    var other = definition
    other.input = input
    return try Model(other, tensors: tensors)
  }

  /// A network whose tensors are known to be its own.
  init(_ definition: NetworkDefinition, trusted tensors: [String: Tensor]) {
    self.definition = definition
    self.tensors = tensors
  }
}

extension Graph {
  /// Brings a network into the graph under a name of its own.
  ///
  /// - Parameter fixed: names of tensors that stay as they are while the others learn; see `NetworkDefinition.tensors`.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package mutating func use(
    _ model: Model, named name: String, frozen: Bool, isCheckpointed: Bool = true, fixed: Set<String> = []
  ) throws -> NetworkHandle {
    let definition = try model.definition.validated()
    return use(
      definition.network, input: definition.input, tensors: model.tensors, definition: definition.json, named: name,
      frozen: frozen, isCheckpointed: isCheckpointed, fixed: fixed)
  }
}

extension TrainingPlan {
  /// A network as it is now.
  package func model(_ name: String) -> Model {
    let (definition, tensors) = network(name)
    do {
      return Model(try NetworkDefinition(json: definition), trusted: tensors)
    } catch {
      preconditionFailure("network \(name) was not used as a model")
    }
  }

  /// Replaces a network's tensors; an optimiser's moments stay as they are.
  package func load(_ model: Model, as name: String) {
    load(model.tensors, of: model.definition.json, as: name)
  }
}

extension InferenceEngine {
  /// Takes over the tensors of another model of the same definition.
  func load(_ model: Model) { load(model.tensors, of: model.definition.json) }
}

/// A short name of weights: equal weights have equal ones, 16 hexadecimal digits.
enum Fingerprint {
  /// FNV-1a over the bits of all values, 32 at a time.
  static func text(of blocks: [[Float]]) -> String {
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    for block in blocks {
      for value in block { hash = (hash ^ UInt64(value.bitPattern)) &* 0x100_0000_01b3 }
    }
    let digits = String(hash, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

extension Model {
  /// Names the tensors: two models of equal tensors have equal fingerprints, 16 hexadecimal digits.
  package var fingerprint: String { Fingerprint.text(of: tensors.sorted { $0.key < $1.key }.map(\.value.values)) }
}
