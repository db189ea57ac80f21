/// Hugging Face's image classification: labels with scores.
/// - Source: https://huggingface.co/docs/inference-providers/tasks/image-classification
struct HuggingFaceEndpoint: Endpoint {
  let profile: Profile
  private let url: String
  private let preprocessor: InputPreprocessor
  private let encoder: ImageEncoder
  private let reader: AnswerReader

  init(_ setup: EndpointSetup) throws {
    url = setup.url.text
    let pipeline = try setup.pipeline(setup.suspect.input, carrier: .base64)
    guard pipeline.carrier != .tensor else { throw setup.refuse("carrier", "it takes “png” or “base64”") }
    reader = try setup.reader(told: nil, needsOrder: false)
    profile = Profile(
      identity: setup.identity(setup.suspect.model, setup.suspect.version), pipeline: pipeline,
      classes: reader.table, scores: setup.suspect.output.scores)
    preprocessor = InputPreprocessor(pipeline)
    encoder = setup.encoder
  }

  func request(for image: [UInt8]) throws -> WireRequest {
    if profile.pipeline.carrier == .png {
      return WireRequest(url: url, body: try preprocessor.png(image, encoder), contentType: "image/png")
    }
    // Without top_k only the first five are answered.
    let body =
      "{\"inputs\":\"\(try preprocessor.base64(image, encoder))\",\"parameters\":{\"top_k\":\(reader.table.count)}}"
    return WireRequest(url: url, body: Array(body.utf8))
  }

  func answer(in body: JSONValue) throws -> Answer { try reader.answer(in: body) }
}
