import Foundation
package import NeuralNet

/// A trained generator G(x) = round8(clip(x + ε·tanh(U(x)), 0, 1)) and what has to be known to use it: the content of a
/// `dandyroll-generator/1` file (FORMATS.md, "Network files").
/// - Source: SSCL-BW §III-B1; METHODS §1
package struct Generator: Sendable {
  package struct Description: Codable, Sendable, Equatable {
    /// ε in 1/255: |G(x) − x| ≤ ε for every value after rounding.
    package var epsilon: Int
    /// The target class t, by index and name.
    package var targetClass: Int
    package var targetName: String
    /// The losses it was trained with; "paper" is eqs. 3–6 as published.
    package var objective: String
    /// The perceptual loss as `GeneratorTraining.perceptualTerm` names it; nil in files from before it was recorded.
    package var perceptualTerm: String?
    /// How it paints keyed carriers; nil for the paper's objective.
    package var keyed: KeyedSettings?
    package var settings: SSCLBWSettings
    package var seed: UInt64
    /// Last figures of the training by name, such as "surrogateAccuracy"; those that are finite.
    package var metrics: [String: Double]

    package init(
      epsilon: Int, targetClass: Int, targetName: String, objective: String, keyed: KeyedSettings? = nil,
      settings: SSCLBWSettings, seed: UInt64, metrics: [String: Double], perceptualTerm: String? = nil
    ) {
      self.epsilon = epsilon
      self.targetClass = targetClass
      self.targetName = targetName
      self.objective = objective
      self.perceptualTerm = perceptualTerm
      self.keyed = keyed
      self.settings = settings
      self.seed = seed
      // JSON has no word for NaN: a figure must not cost a finished network.
      self.metrics = metrics.filter(\.value.isFinite)
    }
  }

  /// The U-Net U.
  package var network: Model
  package var classes: [String]
  package var description: Description

  package init(network: Model, classes: [String], description: Description) {
    self.network = network
    self.classes = classes
    self.description = description
  }

  /// Reads and checks a generator file.
  /// - Throws: `NeuralNetError` for the tensors, `WatermarkError.notAGenerator` for the metadata.
  package init(contentsOf path: String) throws {
    network = try Model(contentsOf: path)
    let metadata = try Model.metadata(of: path)
    guard metadata["format"] == Self.format else {
      throw WatermarkError.notAGenerator(path: path, reason: "format is “\(metadata["format"] ?? "missing")”")
    }
    classes = try Self.decode([String].self, "classes", of: metadata, path: path)
    description = try Self.decode(Description.self, "generator", of: metadata, path: path)
    // What paints has no classes; carriers come in one colour or in four.
    guard network.definition.classes == 0, [1, 3].contains(network.definition.input.channels) else {
      throw WatermarkError.notAGenerator(path: path, reason: "its network paints no pictures")
    }
    guard (1...255).contains(description.epsilon), classes.indices.contains(description.targetClass) else {
      throw WatermarkError.notAGenerator(path: path, reason: "ε or the target class is out of range")
    }
    if let hardest = description.keyed?.hardest, hardest.indices.contains(where: { $0 < 0 }) {
      throw WatermarkError.notAGenerator(path: path, reason: "a ranked sample has a negative index")
    }
    if let keyed = description.keyed,
      !keyed.form.isValid || !KeyedSettings.amplitudes.contains(keyed.amplitude)
        || CarrierBook(keyed.form, channels: network.definition.input.channels).count <= keyed.form.carriers
    {
      throw WatermarkError.notAGenerator(path: path, reason: "the carrier's form or amplitude is out of range")
    }
  }

  /// Writes the file atomically.
  package func save(to path: String) throws {
    try network.save(
      to: path,
      metadata: [
        "format": Self.format, "classes": try Self.encode(classes), "generator": try Self.encode(description),
      ])
  }

  /// A plan that marks images.
  /// - Parameter batch: images in one pass; the marks do not depend on it.
  package func plan(batch: Int, threads: Int) throws -> GeneratorPlan {
    try GeneratorPlan(network, epsilon: Float(description.epsilon) / 255, batch: batch, threads: threads)
  }

  /// A plan that says how strongly a keyed mark may be painted; nil for marks of one strength.
  package func painter(batch: Int, threads: Int) throws -> PainterPlan? {
    guard description.keyed?.isPainted == true else { return nil }
    return try PainterPlan(network, batch: batch, threads: threads)
  }

  package static let format = "dandyroll-generator/1"

  private static func decode<Value: Decodable>(
    _ type: Value.Type, _ key: String, of metadata: [String: String], path: String
  ) throws -> Value {
    guard let text = metadata[key] else {
      throw WatermarkError.notAGenerator(path: path, reason: "no “\(key)” in the metadata")
    }
    do { return try JSONDecoder().decode(type, from: Data(text.utf8)) } catch {
      throw WatermarkError.notAGenerator(path: path, reason: "“\(key)” is malformed: \(error)")
    }
  }

  private static func encode(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
