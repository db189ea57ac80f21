package import Foundations

/// A computation over batches of images, recorded once by running networks' `forward` on handles.
///
/// A graph computes nothing and holds no memory; a plan is compiled from it. A network may be applied to several
/// values, with the same parameters each time. A frozen network normalises with its running statistics and learns
/// nothing, while gradients still pass through it.
package struct Graph: Sendable {
  struct Network: Sendable {
    var name: String
    var architecture: any NetworkArchitecture
    var input: ImageShape
    var tensors: [String: Tensor]
    /// Equal texts for equal networks; nil for layers that no definition describes.
    var definition: String?
    var isFrozen: Bool
    /// Whether a checkpoint holds its tensors; not where the caller reads them from a file of their own.
    var isCheckpointed = true
    /// Names of tensors that stay as they are while the others learn.
    var fixed: Set<String> = []
    /// What its layers asked for, in the order of the first forward pass.
    var declarations: [ParameterDeclaration] = []
    var indices: [String: Int] = [:]
  }

  /// N of every value.
  package let batch: Int
  private(set) var nodes: [Node] = []
  private(set) var networks: [Network] = []
  private(set) var losses: [(kind: LossKind, name: String)] = []
  private var current: Int?

  package init(batch: Int) {
    precondition(batch > 0, "a batch needs an image")
    self.batch = batch
  }

  /// Images that the caller gives as bytes before every step; the network sees value/255.
  package mutating func images(_ name: String, shape: ImageShape) -> Value {
    record(.images(name: name), [], shape)
  }

  /// Brings layers into the graph under a name of their own.
  /// - Parameters:
  ///   - definition: what the layers are built from, if they can be built again; equal networks have equal texts.
  ///   - fixed: names of tensors that stay as they are while the others learn. A batch norm is fixed by all four of its
  ///     tensors, and normalises with its running statistics then.
  package mutating func use(
    _ architecture: some NetworkArchitecture, input: ImageShape, tensors: [String: Tensor],
    definition: String? = nil, named name: String, frozen: Bool, isCheckpointed: Bool = true, fixed: Set<String> = []
  ) -> NetworkHandle {
    precondition(isCheckpointed || frozen, "what a network learns is part of a checkpoint")
    precondition(!networks.contains { $0.name == name }, "a graph has one network named \(name)")
    networks.append(
      Network(
        name: name, architecture: architecture, input: input, tensors: tensors, definition: definition,
        isFrozen: frozen, isCheckpointed: isCheckpointed, fixed: fixed))
    return NetworkHandle(index: networks.count - 1, name: name)
  }

  /// Applies a network to a value of the network's input shape.
  package mutating func apply(_ handle: NetworkHandle, to x: Value) -> NetworkOutput {
    let network = networks[handle.index]
    precondition(x.shape == network.input, "network \(handle.name) reads \(network.input)")
    current = handle.index
    defer { current = nil }
    return network.architecture.forward(x, in: &self)
  }

  /// The tensors that a network asks for, in the order of its forward pass.
  package static func declarations(of architecture: some NetworkArchitecture, input: ImageShape)
    -> [ParameterDeclaration]
  {
    var graph = Graph(batch: 1)
    let handle = graph.use(architecture, input: input, tensors: [:], named: "", frozen: false)
    _ = graph.apply(handle, to: graph.images("images", shape: input))
    return graph.networks[0].declarations
  }

  /// The weight of a result's last layer, if that is linear and reads the result's features.
  package func headWeight(of result: NetworkOutput) -> String? {
    let last = nodes[result.output.index]
    guard case .convolution(_, let weight, _) = last.operation, let features = result.features,
      last.inputs == [features]
    else { return nil }
    return networks[weight.network].declarations[weight.declaration].name
  }

  /// Values of all activations of the batch; a floating-point number, in which products of hostile sizes do not overflow.
  package var activationCount: Double {
    nodes.reduce(0) { sum, node in
      let shape = node.output.shape
      return sum + Double(batch) * Double(shape.channels) * Double(shape.height) * Double(shape.width)
    }
  }

  package func declarations(of handle: NetworkHandle) -> [ParameterDeclaration] { networks[handle.index].declarations }

  package mutating func parameter(
    _ name: String, _ shape: [Int], _ initialization: Initialization, role: ParameterDeclaration.Role = .weight
  ) -> ParameterID {
    guard let current else { preconditionFailure("layers are applied inside a network") }
    let role = networks[current].fixed.contains(name) ? .fixed : role
    let declaration = ParameterDeclaration(name: name, shape: shape, role: role, initialization: initialization)
    if let index = networks[current].indices[name] {
      precondition(networks[current].declarations[index] == declaration, "two layers claim the parameter \(name)")
      return ParameterID(network: current, declaration: index)
    }
    networks[current].declarations.append(declaration)
    networks[current].indices[name] = networks[current].declarations.count - 1
    return ParameterID(network: current, declaration: networks[current].declarations.count - 1)
  }

  mutating func record(_ operation: Operation, _ inputs: [Value], _ shape: ImageShape) -> Value {
    let output = Value(index: nodes.count, shape: shape)
    nodes.append(Node(operation: operation, inputs: inputs, output: output, network: current))
    return output
  }

  mutating func record(_ kind: LossKind, name: String) -> Loss {
    precondition(!losses.contains { $0.name == name }, "a graph has one loss named \(name)")
    losses.append((kind, name))
    return Loss(index: losses.count - 1, name: name)
  }
}
