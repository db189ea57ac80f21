import Foundation

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

  /// A network whose tensors are known to be its own.
  init(_ definition: NetworkDefinition, trusted tensors: [String: Tensor]) {
    self.definition = definition
    self.tensors = tensors
  }
}
