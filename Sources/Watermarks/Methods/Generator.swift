import Evidence
import Foundation
package import Foundations
package import Jobs
package import Networks
package import NeuralNet

/// What marks a dataset's releases: the content of a `dandyroll-generator/1` file (docs/formats, "Network files").
package struct Generator: Sendable {
  /// What a file holds, as far as every method's is alike.
  package struct Content: Sendable {
    /// What paints; nil where nothing is painted by a network.
    package var network: Model?
    /// What is stored where nothing is painted by a network.
    package var tensors: [String: Tensor]
    /// Shape of the images that it marks.
    package var input: ImageShape
    /// Whether it learned from images that were scaled to that shape, though all were of another.
    package var isResized: Bool
    package var classes: [String]
    /// The method's own part: a JSON object.
    package var description: String
    /// Where it was read, for messages.
    package var path: String

    /// - Throws: `WatermarkError.notAGenerator`.
    package func description<Value: Decodable>(as type: Value.Type) throws -> Value {
      do { return try JSONDecoder().decode(type, from: Data(description.utf8)) } catch {
        throw fault("“generator” is malformed: \(error)")
      }
    }

    /// Of a method that trains nothing: its settings, where they are what was described.
    /// - Throws: `WatermarkError.notAGenerator`, also for values that the method's rules do not allow.
    package func settings(of method: MethodDeclaration) throws -> MethodSettings {
      let settings = try description(as: MethodSettings.self)
      if let (key, rule) = settings.problem(under: method) { throw fault("\(key): \(rule)") }
      return settings
    }

    package func fault(_ reason: String) -> WatermarkError { .notAGenerator(path: path, reason: reason) }
  }

  package let content: Content
  /// The method's name.
  package let objective: String
  package let watermark: any Watermark

  package var network: Model? { content.network }
  package var input: ImageShape { content.input }
  package var classes: [String] { content.classes }

  /// What a preparation made, before it is a file.
  /// - Parameter input: shape of the images that it has learned from, scaled to it where they were of another.
  package init(
    _ prepared: Prepared, input: ImageShape, isResized: Bool = false, classes: [String],
    methods: MethodRegistry = .standard
  ) throws {
    try self.init(
      Content(
        network: prepared.network, tensors: prepared.tensors, input: input, isResized: isResized, classes: classes,
        description: try Self.encode(prepared.description),
        path: "the new generator"), methods: methods)
  }

  /// Reads and checks a generator file.
  /// - Throws: `NeuralNetError` for the tensors, `WatermarkError.notAGenerator` for the metadata.
  package init(contentsOf path: String, methods: MethodRegistry = .standard) throws {
    let metadata = try Model.metadata(of: path)
    func fault(_ reason: String) -> WatermarkError { .notAGenerator(path: path, reason: reason) }
    func text(_ key: String) throws -> String {
      guard let text = metadata[key] else { throw fault("no “\(key)” in the metadata") }
      return text
    }
    func decode<Value: Decodable>(_ type: Value.Type, _ key: String) throws -> Value {
      do { return try JSONDecoder().decode(type, from: Data(try text(key).utf8)) } catch let error as DecodingError {
        throw fault("“\(key)” is malformed: \(error)")
      }
    }
    let network = metadata[Self.inputKey] == nil ? try Model(contentsOf: path) : nil
    guard metadata["format"] == Self.format else { throw fault("format is “\(metadata["format"] ?? "missing")”") }
    let input = try network?.definition.input ?? decode(ImageShape.self, Self.inputKey)
    let sides = 1...1 << 16
    guard [1, 3].contains(input.channels), sides.contains(input.height), sides.contains(input.width) else {
      throw fault("its images have \(input.channels) channels, or sides that no image has")
    }
    try self.init(
      Content(
        network: network, tensors: network == nil ? try Self.tensors(of: path) : [:], input: input,
        isResized: metadata[Self.resizedKey] != nil,
        classes: try decode([String].self, "classes"),
        description: try text("generator"), path: path), methods: methods)
  }

  private init(_ content: Content, methods: MethodRegistry) throws {
    struct Named: Decodable {
      var objective: String
    }
    self.content = content
    objective = try content.description(as: Named.self).objective
    let method: any WatermarkMethod
    do { method = try methods.method(named: MethodName(rawValue: objective)) } catch let error as WatermarkError {
      throw content.fault("\(error)")
    }
    // What paints has no classes; what marks by its features has the dataset's.
    let known = content.network?.definition.classes ?? 0
    guard known == (method.marksByClassifier && content.network != nil ? content.classes.count : 0) else {
      throw content.fault(known == 0 ? "its network has no classes" : "its network paints no pictures")
    }
    watermark = try method.watermark(content)
  }

  /// Writes the file atomically.
  package func save(to path: String) throws {
    var metadata = [
      "format": Self.format, "classes": try Self.encode(classes), "generator": content.description,
    ]
    if content.isResized { metadata[Self.resizedKey] = "true" }
    if let network { return try network.save(to: path, metadata: metadata) }
    metadata[Self.inputKey] = try Self.encode(input)
    try SafetensorsWriter.write(content.tensors, metadata: metadata, to: path)
  }

  /// - Throws: `NeuralNetError`, also for a number that is none.
  private static func tensors(of path: String) throws -> [String: Tensor] {
    let file = try SafetensorsFile(path: path)
    var tensors: [String: Tensor] = [:]
    for name in file.names {
      guard let shape = file.shape(of: name) else { continue }
      tensors[name] = try file.tensor(name, expecting: shape)
    }
    return tensors
  }

  package static let format = "dandyroll-generator/1"
  /// The shape of the images, where no network says it.
  private static let inputKey = "input"
  private static let resizedKey = "resized"

  private static func encode(_ value: some Encodable) throws -> String {
    String(decoding: try CanonicalJSON.strict(value), as: UTF8.self)
  }
}
