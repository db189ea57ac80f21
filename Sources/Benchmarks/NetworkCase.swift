import Foundations
import Networks
import NeuralNet

/// The sizes at which networks are timed, and their names.
struct NetworkCase: Sendable {
  var definition: NetworkDefinition
  var batch: Int

  /// `unet/w32/d3/3x32x32/batch64`, `resnet18/w64/3x32x32/batch128`.
  var name: String { "\(network)/\(Self.text(definition.input))/batch\(batch)" }

  /// `unet/w32/d3`, `resnet18/w64`.
  var network: String {
    let depth = definition.depth > 0 ? "/d\(definition.depth)" : ""
    return "\(definition.architecture)/w\(definition.width)\(depth)"
  }

  /// More in the first stage than 64 images of 64×64 at width 32 takes seconds a run on a small machine.
  var isLong: Bool { definition.input.height * definition.input.width * definition.width * batch > 1 << 23 }

  static func text(_ shape: ImageShape) -> String { "\(shape.channels)x\(shape.height)x\(shape.width)" }

  static let classes = 10

  static func unet(width: Int, size: Int, batch: Int) -> NetworkCase {
    NetworkCase(
      definition: NetworkDefinition(
        architecture: "unet", width: width, depth: 3, input: ImageShape(channels: 3, height: size, width: size),
        classes: 0),
      batch: batch)
  }

  /// Every classifier that can be built, at its published width and the images that it was published for.
  static var classifiers: [NetworkCase] {
    let published = NetworkDefinition.architectures.compactMap { architecture in
      NetworkDefinition.defaultWidth(of: architecture).flatMap { classifier(architecture, width: $0) }
    }
    return [classifier("resnet18", width: 16)].compactMap(\.self) + published
  }

  /// nil for what does not classify images of these sizes.
  static func classifier(_ architecture: String, width: Int) -> NetworkCase? {
    let small = ImageShape(channels: 3, height: 32, width: 32)
    let large = ImageShape(channels: 3, height: 224, width: 224)
    let inputs = architecture == "cnn" ? [ImageShape(channels: 1, height: 28, width: 28)] : [small, large]
    for input in inputs {
      let definition = NetworkDefinition(architecture: architecture, width: width, input: input, classes: classes)
      if let definition = try? definition.validated() {
        // Wide residual networks have ten times the memory of the others.
        return NetworkCase(definition: definition, batch: input == large ? 16 : width > 64 ? 32 : 128)
      }
    }
    return nil
  }

  /// Bytes of one batch.
  func images() -> [UInt8] {
    var stream = RandomStream(seed: 1)
    return (0..<batch * definition.input.count).map { _ in UInt8(truncatingIfNeeded: stream.next() >> 32) }
  }

  func labels() -> [Int] { (0..<batch).map { $0 % Self.classes } }

  func model() throws -> Model { try Model(definition, seed: 1) }
}

extension Model {
  /// Numbers in the network's file: parameters and running statistics.
  var numbers: Int { tensors.values.reduce(0) { $0 + $1.values.count } }
}
