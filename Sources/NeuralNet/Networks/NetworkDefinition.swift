/// Everything that decides a network's layers and tensor shapes; written into the metadata of its file.
package struct NetworkDefinition: Codable, Hashable, Sendable {
  /// One of `architectures`.
  package var architecture: String
  /// Channels of the first stage.
  package var width: Int
  /// Poolings of a U-Net; 0 for networks whose depth is in their name.
  package var depth: Int
  package var input: ImageShape
  /// K; 0 for networks that do not classify.
  package var classes: Int

  package init(architecture: String, width: Int, depth: Int = 0, input: ImageShape, classes: Int) {
    self.architecture = architecture
    self.width = width
    self.depth = depth
    self.input = input
    self.classes = classes
  }

  /// Names of all networks that can be built.
  package static let architectures = ["cnn", "resnet18", "unet"]

  /// The width that a network is published with; nil for an unknown name.
  package static func defaultWidth(of architecture: String) -> Int? {
    switch architecture {
    case "resnet18": 64
    case "cnn", "unet": 32
    default: nil
    }
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
    try require(
      Self.architectures.contains(architecture), "unknown; known are \(Self.architectures.joined(separator: ", "))")
    let extents = 1...Self.largestExtent
    try require(extents ~= width, "width \(width) is not in \(extents)")
    for extent in [input.channels, input.height, input.width] {
      try require(extents ~= extent, "an input of \(input.channels)×\(input.height)×\(input.width)")
    }
    if architecture == "unet" {
      try require(classes == 0, "a generator has no classes")
      try require(0...10 ~= depth, "depth \(depth) is not in 0...10")
      let multiple = 1 << depth
      try require(
        input.height % multiple == 0 && input.width % multiple == 0,
        "\(input.height)×\(input.width) images do not divide by 2^depth = \(multiple)")
    } else {
      try require(depth == 0, "depth is fixed by the architecture")
      try require(extents ~= classes, "\(classes) classes")
    }
    if architecture == "resnet18" {
      try require(input.height == input.width, "images of \(input.height)×\(input.width) are not square")
      try require(input.height >= 8, "images are smaller than 8×8")
    }
    if architecture == "cnn" { try require(min(input.height, input.width) >= 4, "images are smaller than 4×4") }
    return self
  }

  /// The layers of a validated definition.
  var network: any NetworkArchitecture {
    switch architecture {
    case "resnet18": ResNet18(channels: input.channels, width: width, classes: classes)
    case "cnn": BaselineCNN(input: input, width: width, classes: classes)
    case "unet": UNet(channels: input.channels, width: width, depth: depth)
    default: preconditionFailure("a definition is validated before it is built: \(architecture)")
    }
  }

  /// The tensors of a validated definition.
  var declarations: [ParameterDeclaration] { Graph.declarations(of: network, input: input) }
}
