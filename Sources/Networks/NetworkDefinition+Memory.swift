import Foundations
import NeuralNet

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
