import Evidence
import Foundation
package import Foundations
package import Networks
import Work

/// The surrogate that is kept beside a generator's file (docs/formats, "Network files"): a later release measures with
/// it, and its qualification trains copies of it further.
package struct KeptSurrogate {
  package let path: String
  package let model: Model

  /// Where the surrogate of a generator's file lies: `cars.surrogate.safetensors` beside `cars.safetensors`.
  package static func path(beside generator: String) -> String {
    let suffix = ".safetensors"
    return (generator.hasSuffix(suffix) ? String(generator.dropLast(suffix.count)) : generator) + ".surrogate" + suffix
  }

  /// Writes the surrogate beside the generator.
  /// - Parameters:
  ///   - digest: of the generator's file, which this binds it to.
  ///   - accuracy: on the held-out split.
  static func save(
    _ model: Model, accuracy: Double, classes: [String], beside generator: String, digest: HexDigest
  ) throws {
    let classes = String(decoding: try CanonicalJSON.encode(classes).dropLast(), as: UTF8.self)
    try model.save(
      to: path(beside: generator),
      metadata: [
        "format": "dandyroll-model/1", "classes": classes, "accuracy": String(accuracy),
        generatorKey: digest.description,
      ])
  }

  /// The surrogate that lies beside a generator; nil if there is none, or if it is another generator's.
  /// - Throws: `NeuralNetError` for a file that is no network, `WorkError.malformed` for one of other images.
  package init?(of generator: String, digest: HexDigest, input: ImageShape) throws {
    try self.init(path: Self.path(beside: generator), digest: digest, input: input)
  }

  /// The surrogate in a file of its own.
  /// - Parameters:
  ///   - digest: of the generator's file.
  ///   - input: shape of the generator's images.
  package init?(path: String, digest: HexDigest, input: ImageShape) throws {
    guard FileManager.default.fileExists(atPath: path),
      try Model.metadata(of: path)[Self.generatorKey] == digest.description
    else { return nil }
    self.path = path
    model = try Model(contentsOf: path)
    guard model.definition.input == input else {
      throw WorkError.malformed(path: path, reason: "it reads other images than its generator")
    }
  }

  private static let generatorKey = "surrogateOf"
}
