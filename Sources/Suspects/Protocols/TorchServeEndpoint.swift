/// TorchServe's inference API: an image file in, what the model's handler makes of it out.
/// - Source: https://pytorch.org/serve/inference_api.html
struct TorchServeEndpoint: Endpoint {
  let profile: Profile
  private let url: String
  private let preprocessor: InputPreprocessor
  private let encoder: ImageEncoder
  private let reader: AnswerReader

  init(_ setup: EndpointSetup) throws {
    let parts = setup.url.components
    let found = parts.lastIndex(of: "predictions")
    let rest = found.map { Array(parts[($0 + 1)...]) } ?? []
    guard let model = setup.suspect.model ?? rest.first else { throw setup.refuse("model", "no model is named") }
    let version = setup.suspect.version ?? (rest.count > 1 ? rest[1] : nil)
    let prefix = found.map { Array(parts[...$0]) } ?? parts + ["predictions"]
    url = setup.url.text(prefix + [model] + (version.map { [$0] } ?? []), query: setup.url.query)
    let pipeline = try setup.pipeline(setup.suspect.input, carrier: .png)
    reader = try setup.reader(told: nil, needsOrder: false)
    profile = Profile(
      identity: setup.identity(model, version), pipeline: pipeline, classes: reader.table,
      scores: setup.suspect.output.scores)
    preprocessor = InputPreprocessor(pipeline)
    encoder = setup.encoder
  }

  func request(for image: [UInt8]) throws -> WireRequest {
    switch profile.pipeline.carrier {
    case .png: WireRequest(url: url, body: try preprocessor.png(image, encoder), contentType: "image/png")
    case .base64:
      WireRequest(url: url, body: Array("{\"data\":\"\(try preprocessor.base64(image, encoder))\"}".utf8))
    case .tensor: WireRequest(url: url, body: Array("{\"data\":\(preprocessor.nestedJSON(image))}".utf8))
    }
  }

  func answer(in body: JSONValue) throws -> Answer { try reader.answer(in: body) }
}
