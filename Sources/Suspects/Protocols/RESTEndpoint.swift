import Foundation

/// Any endpoint that takes one image a request: what is sent and where the answer stands is configured.
struct RESTEndpoint: Endpoint {
  let profile: Profile
  private let url: String
  private let form: RESTForm
  private let path: JSONPath?
  private let preprocessor: InputPreprocessor
  private let encoder: ImageEncoder
  private let reader: AnswerReader

  init(_ setup: EndpointSetup) throws {
    guard let form = setup.suspect.rest else { throw setup.refuse("rest", "request and answer are not configured") }
    self.form = form
    url = setup.url.text
    path = try form.answerPath.map { text in
      guard let path = JSONPath(text) else {
        throw setup.refuse("answer-path", "“\(text)” is no path such as “$.a[0].b”")
      }
      return path
    }
    let usesTensor = form.body.map { $0.contains("{{tensor}}") || $0.contains("{{flat}}") } ?? false
    if let body = form.body, !usesTensor, !body.contains("{{image}}") {
      throw setup.refuse("body", "it has no place for the image: {{image}}, {{tensor}} or {{flat}}")
    }
    let pipeline = try setup.pipeline(
      setup.suspect.input, carrier: usesTensor ? .tensor : form.body == nil ? .png : .base64)
    reader = try setup.reader(told: nil, needsOrder: false)
    profile = Profile(
      identity: setup.identity(setup.suspect.model, setup.suspect.version), pipeline: pipeline,
      classes: reader.table, scores: setup.suspect.output.scores)
    preprocessor = InputPreprocessor(pipeline)
    encoder = setup.encoder
  }

  func request(for image: [UInt8]) throws -> WireRequest {
    guard var text = form.body else {
      return WireRequest(
        url: url, body: try preprocessor.png(image, encoder), contentType: form.contentType ?? "image/png",
        headers: form.headers)
    }
    if text.contains("{{image}}") {
      text = text.replacingOccurrences(of: "{{image}}", with: try preprocessor.base64(image, encoder))
    }
    if text.contains("{{tensor}}") {
      text = text.replacingOccurrences(of: "{{tensor}}", with: preprocessor.nestedJSON(image))
    }
    if text.contains("{{flat}}") {
      text = text.replacingOccurrences(of: "{{flat}}", with: preprocessor.flatJSON(image))
    }
    return WireRequest(
      url: url, body: Array(text.utf8), contentType: form.contentType ?? "application/json", headers: form.headers)
  }

  func answer(in body: JSONValue) throws -> Answer {
    guard let path else { return try reader.answer(in: body) }
    guard let value = path.value(in: body) else { throw NoAnswer(.wrongShape, detail: "nothing at the answer's path") }
    return try reader.answer(in: value)
  }
}
