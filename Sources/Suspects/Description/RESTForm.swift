/// A request and an answer in the words of the configuration.
package struct RESTForm: Codable, Sendable, Hashable {
  package var headers: [String: String]
  /// Text with `{{image}}` (PNG in Base64), `{{tensor}}` (nested JSON) or `{{flat}}` (flat JSON); nil sends the PNG
  /// itself.
  package var body: String?
  package var contentType: String?
  /// Where the answer is, such as `$.result[0].scores`; nil for the whole document.
  package var answerPath: String?

  package init(
    headers: [String: String] = [:], body: String? = nil, contentType: String? = nil, answerPath: String? = nil
  ) {
    self.headers = headers
    self.body = body
    self.contentType = contentType
    self.answerPath = answerPath
  }

  private enum CodingKeys: String, CodingKey {
    case headers, body
    case contentType = "content-type"
    case answerPath = "answer-path"
  }
}
