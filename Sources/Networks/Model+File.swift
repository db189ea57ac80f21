import NeuralNet

extension Model {
  /// Metadata entry that holds the definition as JSON.
  package static let definitionKey = SafetensorsFile.definitionKey
  /// PyTorch counts batches in batch norms; nothing reads the count, so it may be present and is not kept.
  static let ignoredSuffix = ".num_batches_tracked"

  /// Reads a network that `save` wrote.
  ///
  /// - Throws: `NeuralNetError`: whatever is wrong with the file, its metadata or any tensor.
  package init(contentsOf path: String) throws {
    let file = try SafetensorsFile(path: path)
    guard let json = file.metadata[Self.definitionKey] else {
      throw NeuralNetError.badMetadata(source: path, key: Self.definitionKey, reason: "missing")
    }
    let definition: NetworkDefinition
    do {
      definition = try NetworkDefinition(json: json)
    } catch {
      throw NeuralNetError.badMetadata(source: path, key: Self.definitionKey, reason: "not a network definition")
    }
    try self.init(definition, file: file)
  }

  /// Reads a network's tensors from a file that need not name it, such as an exported torchvision checkpoint.
  ///
  /// - Throws: `NeuralNetError`: whatever is wrong with the definition or any tensor.
  package init(_ definition: NetworkDefinition, contentsOf path: String) throws {
    try self.init(definition, file: SafetensorsFile(path: path))
  }

  private init(_ definition: NetworkDefinition, file: SafetensorsFile) throws {
    // Shapes are compared before any content is read, so that a wrong file costs no memory.
    let declarations = try definition.validated().requireModest()
    for declaration in declarations {
      guard let found = file.shape(of: declaration.name) else {
        throw NeuralNetError.missingTensor(source: file.path, tensor: declaration.name, expected: declaration.shape)
      }
      guard found == declaration.shape else {
        throw NeuralNetError.misshapenTensor(
          source: file.path, tensor: declaration.name, expected: declaration.shape, found: found)
      }
    }
    let known = Set(declarations.map(\.name))
    for name in file.names where !known.contains(name) {
      if name.hasSuffix(Self.ignoredSuffix), file.type(of: name) == "I64" { continue }
      throw NeuralNetError.extraTensor(source: file.path, tensor: name, found: file.shape(of: name) ?? [])
    }
    var tensors: [String: Tensor] = [:]
    for name in known.sorted() { tensors[name] = try file.tensor(name) }
    try self.init(definition, tensors: tensors, source: file.path)
  }

  /// Writes the network as safetensors, atomically, its definition in the metadata beside the given entries.
  ///
  /// - Parameter mode: of the file, from its first moment on.
  /// - Throws: `NeuralNetError.fileOperation`.
  package func save(to path: String, metadata: [String: String] = [:], mode: UInt32 = 0o600) throws {
    var metadata = metadata
    metadata[Self.definitionKey] = definition.json
    try SafetensorsWriter.write(tensors, metadata: metadata, to: path, mode: mode)
  }

  /// Metadata of a file, the definition included.
  ///
  /// - Throws: `NeuralNetError`: whatever is wrong with the file.
  package static func metadata(of path: String) throws -> [String: String] {
    try SafetensorsFile(path: path).metadata
  }
}
