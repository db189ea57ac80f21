/// TensorFlow Serving's REST API and KServe's V1, which is the same without a description.
/// - Source: https://www.tensorflow.org/tfx/serving/api_rest
struct TFServingEndpoint: Endpoint {
  let profile: Profile
  private let predictURL: String
  private let preprocessor: InputPreprocessor
  private let encoder: ImageEncoder
  private let input: String?
  private let isFlat: Bool
  private let output: String?
  private let reader: AnswerReader

  init(_ setup: EndpointSetup) async throws {
    let (prefix, model, version) = try setup.place(after: ["v1", "models"])
    let suspect = setup.suspect
    let path = prefix + [model] + (version.map { ["versions", $0] } ?? [])
    var identity = setup.identity(model, version)
    var form = suspect.input
    var carrier = InputForm.Carrier.tensor
    var isFlat = false
    var told: [String]?
    if let document = try await setup.describe(setup.url.text(path + ["metadata"], query: setup.url.query)),
      let signatures = document["metadata"]?["signature_def"]?["signature_def"]
    {
      guard let signature = signatures["serving_default"] else {
        throw setup.refuse("url", "the model has no signature “serving_default”")
      }
      identity.inputs = Self.tensors(signature["inputs"])
      identity.outputs = Self.tensors(signature["outputs"])
      if let version = document["model_spec"]?["version"]?.string { identity.versions = [version] }
      identity.platform = signature["method_name"]?.string
      told = document["metadata"]?["classes"]?.strings
      identity.isDescribed = true
      if let tensor = try V2Endpoint.choose(suspect.input.tensor, from: identity.inputs, key: "input", setup) {
        carrier = tensor.datatype == "DT_STRING" ? .base64 : .tensor
        if carrier == .tensor {
          let shape = try TensorShape(tensor.shape, form: form, image: setup.size, setup: setup)
          isFlat = shape.isFlat
          form.layout = shape.layout
          form.height = shape.height ?? form.height
          form.width = shape.width ?? form.width
          let isFloat = ["DT_FLOAT", "DT_DOUBLE", "DT_HALF", "DT_BFLOAT16"].contains(tensor.datatype)
          form.element = isFloat ? .float32 : .uint8
        }
      }
    } else if let document = try await setup.describe(setup.url.text(path, query: setup.url.query)) {
      // {"name", "ready"} of KServe, or {"model_version_status": […]}: says at least which version answers.
      identity.versions =
        document["model_version_status"]?.array?.filter { $0["state"]?.string == "AVAILABLE" }
        .compactMap { $0["version"]?.string } ?? identity.versions
      identity.isDescribed = document["model_version_status"] != nil
    }
    identity.classes = told
    input = suspect.input.tensor
    output = suspect.output.tensor
    if let output, !identity.outputs.isEmpty, !identity.outputs.contains(where: { $0.name == output }) {
      throw setup.refuse("output", "the model has no output “\(output)”")
    }
    // Rows before columns before channels is what TensorFlow's images are.
    form.layout = form.layout ?? .hwc
    let pipeline = try setup.pipeline(form, carrier: carrier)
    reader = try setup.reader(told: told, needsOrder: false)
    profile = Profile(identity: identity, pipeline: pipeline, classes: reader.table, scores: suspect.output.scores)
    var last = path
    last[last.count - 1] += ":predict"
    predictURL = setup.url.text(last, query: setup.url.query)
    preprocessor = InputPreprocessor(pipeline)
    encoder = setup.encoder
    self.isFlat = isFlat
  }

  private static func tensors(_ value: JSONValue?) -> [ModelIdentity.Tensor] {
    (value?.object ?? [:]).sorted { $0.key < $1.key }.map { name, tensor in
      let axes = tensor["tensor_shape"]?["dim"]?.array ?? []
      return ModelIdentity.Tensor(
        name: name, datatype: tensor["dtype"]?.string ?? "",
        // 64-bit numbers are strings in protobuf's JSON.
        shape: axes.map { axis in axis["size"].flatMap { $0.integer ?? $0.string.flatMap { Int($0) } } ?? -1 })
    }
  }

  func request(for image: [UInt8]) throws -> WireRequest {
    let value =
      switch profile.pipeline.carrier {
      case .tensor: isFlat ? preprocessor.flatJSON(image) : preprocessor.nestedJSON(image)
      case .png, .base64: "{\"b64\":\"\(try preprocessor.base64(image, encoder))\"}"
      }
    let instance = input.map { "{\($0.quoted):\(value)}" } ?? value
    return WireRequest(url: predictURL, body: Array("{\"instances\":[\(instance)]}".utf8))
  }

  func answer(in body: JSONValue) throws -> Answer {
    let value: JSONValue
    if let predictions = body["predictions"] {
      guard let list = predictions.array, list.count == 1 else {
        throw NoAnswer(.wrongShape, detail: "predictions: \(predictions.kindName) for one image")
      }
      value = list[0]
    } else if let outputs = body["outputs"] {
      value = outputs
    } else {
      throw NoAnswer(.wrongShape, detail: "no predictions")
    }
    guard let output else { return try reader.answer(in: value) }
    // A model with one output answers without its name.
    guard let members = value.object else { return try reader.answer(in: value) }
    guard let chosen = members[output] else { throw NoAnswer(.wrongShape, detail: "no output “\(output)”") }
    return try reader.answer(in: chosen)
  }
}
