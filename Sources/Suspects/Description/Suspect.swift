/// A model that may have been trained on a release, and how it is asked. Holds no credential.
package struct Suspect: Codable, Sendable, Hashable {
  package var name: String
  package var kind: EndpointKind
  /// The server (`https://host`), with `model` beside it, or the model's own address (`https://host/v2/models/NAME`).
  package var url: String
  package var model: String?
  package var version: String?
  package var input: InputForm
  package var output: OutputForm
  package var classes: ClassNames
  /// For `rest` only.
  package var rest: RESTForm?
  /// Whether addresses of private networks and of this machine may be asked.
  package var allowsPrivateAddresses: Bool

  package init(
    name: String, kind: EndpointKind, url: String, model: String? = nil, version: String? = nil,
    input: InputForm = InputForm(), output: OutputForm = OutputForm(), classes: ClassNames = ClassNames(),
    rest: RESTForm? = nil, allowsPrivateAddresses: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.url = url
    self.model = model
    self.version = version
    self.input = input
    self.output = output
    self.classes = classes
    self.rest = rest
    self.allowsPrivateAddresses = allowsPrivateAddresses
  }

  private enum CodingKeys: String, CodingKey {
    case name, url, model, version, input, output, classes, rest
    case kind = "protocol"
    case allowsPrivateAddresses = "allow-private"
  }
}

/// How an endpoint is spoken to.
package enum EndpointKind: String, Codable, Sendable, Hashable, CaseIterable {
  /// KServe's Open Inference Protocol: MLServer, Triton, KServe.
  case v2
  /// TensorFlow Serving and KServe's V1.
  case tfServing = "tf-serving"
  case torchServe = "torchserve"
  case huggingFace = "huggingface"
  /// Any HTTP endpoint that takes one image and answers with JSON.
  case rest
}

extension Suspect {
  /// Where its model is, in one spelling: what one endpoint is called here and there, and how it is asked, makes no
  /// difference.
  package var place: String {
    var parts: [String]
    if let url = try? EndpointURL(url) {
      parts = ["\(url.host):\(url.port)"] + url.components + [url.query.map { "?\($0)" }].compactMap(\.self)
    } else {
      parts = [url]
    }
    if let model { parts.append("model \(model)") }
    // Behind one address of a `rest` endpoint the request may say which model is meant.
    if let rest {
      parts += rest.headers.sorted { $0.key < $1.key }.map { "\($0): \($1)" }
      if let body = rest.body { parts.append(body) }
    }
    return parts.joined(separator: "/")
  }
}
