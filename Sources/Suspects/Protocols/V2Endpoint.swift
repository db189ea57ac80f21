import Foundations

/// The Open Inference Protocol over HTTP and JSON.
/// - Source: https://kserve.github.io/website (Open Inference Protocol, REST)
struct V2Endpoint: Endpoint {
  let profile: Profile
  private let inferURL: String
  private let preprocessor: InputPreprocessor
  private let encoder: ImageEncoder
  private let tensorName: String
  private let datatype: String
  private let shape: [Int]
  private let output: String?
  private let reader: AnswerReader

  init(_ setup: EndpointSetup) async throws {
    let (prefix, model, version) = try setup.place(after: ["v2", "models"])
    let path = prefix + [model] + (version.map { ["versions", $0] } ?? [])
    guard let metadata = try await setup.describe(setup.url.text(path, query: setup.url.query)) else {
      throw SuspectError.noDescription(
        suspect: setup.suspect.name,
        interruption: Interruption(.refused, detail: "it has no model “\(PrintableText(model))”")
      )
    }
    let inputs = try Self.tensors(metadata["inputs"], setup)
    let outputs = try Self.tensors(metadata["outputs"], setup)
    let suspect = setup.suspect
    let input = try Self.choose(suspect.input.tensor, from: inputs, key: "input", setup)
    let chosen = try Self.choose(suspect.output.tensor, from: outputs, key: "output", setup)
    guard let name = suspect.input.tensor ?? input?.name else {
      throw setup.refuse("input", "the model does not describe its input; configure the tensor's name and form")
    }
    var form = suspect.input
    let shape = try input.map { try TensorShape($0.shape, form: form, image: setup.size, setup: setup) }
    let type = input?.datatype ?? (form.element == .uint8 ? "UINT8" : "FP32")
    let carrier: InputForm.Carrier
    switch type {
    case "FP16", "FP32", "FP64": (form.element, carrier) = (.float32, .tensor)
    case "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64": (form.element, carrier) = (.uint8, .tensor)
    case "BYTES": carrier = .base64
    default: throw setup.refuse("input", "datatype \(PrintableText(type, limit: 64)) carries no image")
    }
    if carrier == .tensor {
      form.layout = shape?.layout ?? form.layout
      form.height = shape?.height ?? form.height
      form.width = shape?.width ?? form.width
    }
    form.carrier = carrier
    let pipeline = try setup.pipeline(form, carrier: carrier)
    let told = Self.classNames(metadata, output: chosen?.name)
    var identity = setup.identity(metadata["name"]?.string ?? model, version)
    if version == nil { identity.versions = metadata["versions"]?.strings ?? [] }
    identity.platform = metadata["platform"]?.string
    (identity.inputs, identity.outputs, identity.classes) = (inputs, outputs, told)
    identity.isDescribed = true
    // Strings name their classes; numbers do not.
    reader = try setup.reader(told: told, needsOrder: chosen?.datatype != "BYTES")
    profile = Profile(
      identity: identity, pipeline: pipeline, classes: reader.table, scores: suspect.output.scores,
      answers: Self.kind(of: chosen, classes: reader.table.named))
    inferURL = setup.url.text(path + ["infer"], query: setup.url.query)
    preprocessor = InputPreprocessor(pipeline)
    encoder = setup.encoder
    (tensorName, datatype, output) = (name, type, chosen?.name ?? suspect.output.tensor)
    let batch = shape?.hasBatchAxis ?? true ? [1] : []
    self.shape =
      carrier == .base64 ? [1] : shape?.isFlat ?? false ? [1, pipeline.shape.reduce(1, *)] : batch + pipeline.shape
  }

  func request(for image: [UInt8]) throws -> WireRequest {
    let data: String
    if profile.pipeline.carrier == .tensor {
      data = preprocessor.flatJSON(image)
    } else {
      data = "[\"\(try preprocessor.base64(image, encoder))\"]"
    }
    let axes = shape.map { String($0) }.joined(separator: ",")
    let body =
      "{\"inputs\":[{\"name\":\(tensorName.quoted),\"shape\":[\(axes)],\"datatype\":\"\(datatype)\",\"data\":\(data)}]}"
    return WireRequest(url: inferURL, body: Array(body.utf8))
  }

  func answer(in body: JSONValue) throws -> Answer {
    if let name = body["model_name"]?.string, name != profile.identity.name {
      throw NoAnswer(.modelChanged, detail: "answered by model “\(PrintableText(name, limit: 256))”")
    }
    let versions = profile.identity.versions
    if let version = body["model_version"]?.string, !version.isEmpty, !versions.isEmpty, !versions.contains(version) {
      throw NoAnswer(.modelChanged, detail: "answered by version “\(PrintableText(version, limit: 256))”")
    }
    guard let outputs = body["outputs"]?.array else { throw NoAnswer(.wrongShape, detail: "no outputs") }
    let named = output.map { name in outputs.filter { $0["name"]?.string == name } } ?? outputs
    guard named.count == 1, let tensor = named.first else {
      throw NoAnswer(.wrongShape, detail: "\(named.count) outputs where one is due")
    }
    guard let data = tensor["data"]?.array, let extents = tensor["shape"]?.array?.map(\.integer) else {
      throw NoAnswer(.wrongShape, detail: "an output without shape or data")
    }
    let values = Self.flat(data)
    var count = 1
    for extent in extents {
      guard let extent, extent >= 0, case let (product, overflow) = count.multipliedReportingOverflow(by: extent),
        !overflow, product <= values.count
      else { throw NoAnswer(.wrongShape, detail: "a shape that is not that of the data") }
      count = product
    }
    guard count == values.count, !values.isEmpty else {
      throw NoAnswer(.wrongShape, detail: "\(values.count) values for a shape of \(count)")
    }
    return try answer(datatype: tensor["datatype"]?.string ?? "", values)
  }

  private func answer(datatype: String, _ values: [JSONValue]) throws -> Answer {
    let list = JSONValue.array(values)
    switch datatype {
    case "FP16", "FP32", "FP64":
      guard let numbers = list.numbers else { throw NoAnswer(.wrongShape, detail: "floats that are no numbers") }
      return try reader.vector(numbers)
    case "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64":
      guard values.count == 1, let number = values[0].integer else {
        throw NoAnswer(.wrongShape, detail: "\(values.count) integers where one class is due")
      }
      return try reader.label(number)
    case "BYTES":
      guard let texts = list.strings else { throw NoAnswer(.wrongShape, detail: "bytes that are no strings") }
      let ranked = texts.compactMap(Self.ranked)
      if ranked.count == texts.count {
        return try reader.indexed(
          try ranked.map { entry in
            (try entry.name.map(reader.table.index(of:)) ?? reader.table.index(of: entry.number), entry.score)
          })
      }
      guard texts.count == 1 else { throw NoAnswer(.wrongShape, detail: "\(texts.count) names where one is due") }
      return try reader.label(named: texts[0])
    default: throw NoAnswer(.wrongShape, detail: "datatype \(PrintableText(datatype, limit: 64))")
    }
  }
}
