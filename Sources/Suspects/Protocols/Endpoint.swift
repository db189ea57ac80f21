/// One protocol, set up for one suspect.
protocol Endpoint: Sendable {
  var profile: Profile { get }
  /// - Parameter image: (C, H, W) bytes of `profile.pipeline.source`.
  /// - Throws: what the image encoder throws.
  func request(for image: [UInt8]) throws -> WireRequest
  /// - Throws: `NoAnswer`.
  func answer(in body: JSONValue) throws -> Answer
}

/// Bytes of a PNG file of an image, (C, H, W) row-major, 1 or 3 channels.
package typealias ImageEncoder = @Sendable (_ pixels: [UInt8], _ size: ImageSize) throws -> [UInt8]

/// What an endpoint is set up with.
struct EndpointSetup: Sendable {
  let suspect: Suspect
  let url: EndpointURL
  let classes: [String]
  let size: ImageSize
  let encoder: ImageEncoder
  /// Asks for a description. nil for one that the server does not have (404).
  let describe: @Sendable (String) async throws -> JSONValue?

  func refuse(_ key: String, _ reason: String) -> SuspectError {
    .configuration(suspect: suspect.name, key: key, reason: reason)
  }

  func reader(told: [String]?, needsOrder: Bool) throws -> AnswerReader {
    let table = try ClassTable(ours: classes, names: suspect.classes, told: told, suspect: suspect.name)
    if needsOrder, table.order == nil {
      throw SuspectError.classes(
        suspect: suspect.name,
        reason: "it numbers its classes without naming them; configure their order (“same” or a list of names)")
    }
    return AnswerReader(table: table, scores: suspect.output.scores)
  }

  /// The path up to and with `marker`, the model and its version, from the URL or beside it.
  func place(after marker: [String]) throws -> (prefix: [String], model: String, version: String?) {
    let parts = url.components
    let found = parts.indices.last { parts[$0...].starts(with: marker) }
    let prefix = found.map { Array(parts[..<($0 + marker.count)]) } ?? parts + marker
    let rest = found.map { Array(parts[($0 + marker.count)...]) } ?? []
    let last = rest.first.map { name in
      // TensorFlow Serving's verb may have been copied along.
      name.firstIndex(of: ":").map { String(name[..<$0]) } ?? name
    }
    guard let model = suspect.model ?? last, !model.isEmpty else { throw refuse("model", "no model is named") }
    let version = rest.count >= 3 && rest[1] == "versions" ? rest[2] : nil
    return (prefix, model, suspect.version ?? version)
  }

  func identity(_ model: String?, _ version: String?) -> ModelIdentity {
    ModelIdentity(
      kind: suspect.kind, name: model, versions: version.map { [$0] } ?? [], platform: nil, inputs: [], outputs: [],
      classes: nil, isDescribed: false)
  }

  func pipeline(_ form: InputForm, carrier: InputForm.Carrier) throws -> InputPipeline {
    try InputPipeline(source: size, form: form, carrier: carrier, suspect: suspect.name)
  }
}
