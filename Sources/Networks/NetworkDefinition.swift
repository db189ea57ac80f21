import Foundation
package import Foundations
import NeuralNet

/// Everything that decides a network's layers and tensor shapes; written into the metadata of its file.
package struct NetworkDefinition: Hashable, Sendable {
  /// One of `architectures`, or wrn-DEPTH-FACTOR.
  package var architecture: String
  /// Channels of the first stage; all others scale with it.
  package var width: Int
  /// Poolings of a U-Net; 0 for networks whose depth is in their name.
  package var depth: Int
  package var input: ImageShape
  /// K; 0 for networks that do not classify.
  package var classes: Int
  /// Which of a classifier's two layouts.
  package var form: NetworkForm

  package init(
    architecture: String, width: Int, depth: Int = 0, input: ImageShape, classes: Int, form: NetworkForm = .cifar
  ) {
    self.architecture = architecture
    self.width = width
    self.depth = depth
    self.input = input
    self.classes = classes
    self.form = form
  }

  /// Names of all networks that can be built, sorted. Besides, wrn-28-10 stands for every wrn-DEPTH-FACTOR with
  /// DEPTH = 6n + 4.
  package static let architectures = NetworkKind.named.map(\.name).sorted()

  /// Those of them that classify.
  package static let classifiers = NetworkKind.named.filter(\.classifies).map(\.name).sorted()

  /// The width that a network is published with; nil for an unknown name.
  package static func defaultWidth(of architecture: String) -> Int? { NetworkKind(named: architecture)?.width }

  /// Whether a network's layers are normalised, and so bear a large learning rate; true for an unknown one.
  package static func hasNorm(_ architecture: String) -> Bool { NetworkKind(named: architecture)?.hasNorm ?? true }

  /// Whether a network of that name exists and classifies.
  package static func isClassifier(_ architecture: String) -> Bool {
    NetworkKind(named: architecture)?.classifies ?? false
  }

  /// - Throws: `NeuralNetError.invalidDefinition` if no classifier has that name.
  package static func requireClassifier(_ architecture: String) throws {
    guard isClassifier(architecture) else {
      throw NeuralNetError.invalidDefinition(
        architecture: architecture, reason: "no such classifier; known are \(classifiers.joined(separator: ", "))")
    }
  }

  /// The smallest height and width of an image that a network takes in a form; nil for a form that it does not have.
  package static func leastSide(of architecture: String, form: NetworkForm) -> Int? {
    NetworkKind(named: architecture)?.smallest[form]
  }

  /// The form to use for images unless another is asked for: the published one from 128×128 on, if the network has two.
  package static func usualForm(of architecture: String, for input: ImageShape) -> NetworkForm {
    let isLarge = min(input.height, input.width) >= NetworkForm.leastImageNetSide
    return isLarge && NetworkKind(named: architecture)?.smallest[.imageNet] != nil ? .imageNet : .cifar
  }

  /// Largest extent or width taken: sizes stay far from overflow, and a hostile file cannot ask for absurd memory.
  static let largestExtent = 1 << 14

  /// The definition itself, when a network can be built from it.
  ///
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package func validated() throws -> NetworkDefinition {
    func require(_ condition: Bool, _ reason: String) throws {
      if !condition { throw NeuralNetError.invalidDefinition(architecture: architecture, reason: reason) }
    }
    guard let kind = NetworkKind(named: architecture) else {
      throw NeuralNetError.invalidDefinition(
        architecture: architecture, reason: "unknown; known are \(Self.architectures.joined(separator: ", "))")
    }
    let extents = 1...Self.largestExtent
    try require(extents ~= width, "width \(width) is not in \(extents)")
    try require(width % kind.widthStep == 0, "width \(width) is not a multiple of \(kind.widthStep)")
    for extent in [input.channels, input.height, input.width] {
      try require(extents ~= extent, "an input of \(input.channels)×\(input.height)×\(input.width)")
    }
    guard let smallest = kind.smallest[form] else {
      throw NeuralNetError.invalidDefinition(architecture: architecture, reason: "it has no form \(form.rawValue)")
    }
    try require(
      min(input.height, input.width) >= smallest,
      "images of \(input.height)×\(input.width) are smaller than \(smallest)×\(smallest)")
    if kind.classifies {
      try require(depth == 0, "depth is fixed by the architecture")
      try require(extents ~= classes, "\(classes) classes")
    } else {
      try require(classes == 0, "a generator has no classes")
      try require(0...10 ~= depth, "depth \(depth) is not in 0...10")
      let multiple = 1 << depth
      try require(
        input.height % multiple == 0 && input.width % multiple == 0,
        "\(input.height)×\(input.width) images do not divide by 2^depth = \(multiple)")
    }
    return self
  }

  /// Whether it has the same tensors for images of another size, and takes them. Networks with a linear layer that sees every
  /// pixel have not.
  package func isSame(for input: ImageShape) -> Bool {
    var other = self
    other.input = input
    return (try? other.validated()) != nil && other.declarations == declarations
  }

  /// The layers of a validated definition.
  var network: any NetworkArchitecture {
    guard let kind = NetworkKind(named: architecture) else {
      preconditionFailure("a definition is validated before it is built: \(architecture)")
    }
    return kind.make(self)
  }

  /// The tensors of a validated definition.
  var declarations: [ParameterDeclaration] { Graph.declarations(of: network, input: input) }
}

extension NetworkDefinition: Codable {
  private enum CodingKeys: String, CodingKey {
    case architecture, width, depth, input, classes, form
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    architecture = try container.decode(String.self, forKey: .architecture)
    width = try container.decode(Int.self, forKey: .width)
    depth = try container.decode(Int.self, forKey: .depth)
    input = try container.decode(ImageShape.self, forKey: .input)
    classes = try container.decode(Int.self, forKey: .classes)
    // Files of networks that have one form only need not say which.
    form = try container.decodeIfPresent(NetworkForm.self, forKey: .form) ?? .cifar
  }

  /// Reads what `json` has written.
  /// - Throws: `DecodingError`.
  init(json: String) throws { self = try JSONDecoder().decode(Self.self, from: Data(json.utf8)) }

  /// JSON with sorted keys: equal definitions give equal text. The form is written where it is not `cifar`.
  package var json: String {
    let form = form == .cifar ? "" : "\"form\":\"\(form.rawValue)\","
    return "{\"architecture\":\"\(architecture)\",\"classes\":\(classes),\"depth\":\(depth),\(form)"
      + "\"input\":{\"channels\":\(input.channels),\"height\":\(input.height),\"width\":\(input.width)},"
      + "\"width\":\(width)}"
  }
}

extension NetworkDefinition {
  /// Bytes of all parameters, and of all activations of one image: more than that is no network for the machines that this
  /// program runs on, and a file of a few kilobytes can name it.
  static let largestParameters = 2 << 30
  static let largestActivations = 4 << 30

  /// What a validated definition asks for, before anything is allocated.
  ///
  /// - Returns: The tensors.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  @discardableResult
  func requireModest() throws -> [ParameterDeclaration] {
    func refuse(_ what: String, _ bytes: Double, _ limit: Int) -> NeuralNetError {
      let size = "\(input.channels)×\(input.height)×\(input.width)"
      return .invalidDefinition(
        architecture: architecture,
        reason: "at width \(width) its \(what) for images of \(size) take \(bytes) bytes; the limit is \(limit)")
    }
    var graph = Graph(batch: 1)
    let handle = graph.use(network, input: input, tensors: [:], named: "", frozen: false)
    _ = graph.apply(handle, to: graph.images("images", shape: input))
    let floats = Double(MemoryLayout<Float>.stride)
    let activations = floats * graph.activationCount
    guard activations <= Double(Self.largestActivations) else {
      throw refuse("activations", activations, Self.largestActivations)
    }
    let declarations = graph.declarations(of: handle)
    let parameters = declarations.reduce(0) { sum, declaration in
      sum + floats * declaration.shape.reduce(1.0) { $0 * Double($1) }
    }
    guard parameters <= Double(Self.largestParameters) else {
      throw refuse("parameters", parameters, Self.largestParameters)
    }
    return declarations
  }
}

extension NetworkDefinition {
  /// Name of the last linear layer's weight, (K, d), which reads the penultimate features; nil for networks that do not
  /// end in one.
  ///
  /// The definition must be valid.
  package var headWeight: String? {
    var graph = Graph(batch: 1)
    let handle = graph.use(network, input: input, tensors: [:], named: "", frozen: false)
    let result = graph.apply(handle, to: graph.images("images", shape: input))
    return graph.headWeight(of: result)
  }
}
