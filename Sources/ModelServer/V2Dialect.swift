import Foundation
import Foundations
import HTTPTypes
import Hummingbird
import NIOCore

/// The Open Inference Protocol over HTTP, with the binary tensor extension that clients use by default.
struct V2Dialect: Sendable {
  let predictor: Predictor
  let programVersion: String

  func add(to router: Router<BasicRequestContext>) {
    router.get("/v2") { _, _ in try Reply.json(V2Server(version: programVersion)) }
    for path in ["/v2/health/live", "/v2/health/ready"] {
      router.get(RouterPath(path)) { _, _ in Response(status: .ok) }
    }
    for path in ["/v2/models/:model", "/v2/models/:model/versions/:version"] {
      router.get(RouterPath(path)) { _, context in
        isMeant(context) ? try Reply.json(metadata) : Reply.notFound
      }
      router.get(RouterPath("\(path)/ready")) { _, context in
        isMeant(context) ? Response(status: .ok) : Reply.notFound
      }
      router.post(RouterPath("\(path)/infer")) { request, context in
        isMeant(context) ? try await Reply.guarded { try await infer(request) } : Reply.notFound
      }
    }
  }

  /// Whether the path names this model, and this version if it names one.
  private func isMeant(_ context: BasicRequestContext) -> Bool {
    let version = Reply.part("version", of: context)
    return Reply.part("model", of: context) == predictor.options.name
      && (version == nil || version == predictor.served.version)
  }

  private var metadata: V2Metadata {
    let input = predictor.input
    let output = output
    return V2Metadata(
      name: predictor.options.name, versions: [predictor.served.version],
      inputs: [.init(name: "image", datatype: "UINT8", shape: [-1, input.channels, input.height, input.width])],
      outputs: [
        .init(
          name: output.name, datatype: output.datatype, shape: [-1, output.width],
          parameters: .init(classes: predictor.served.classes))
      ])
  }

  private var output: (name: String, datatype: String, width: Int) {
    switch predictor.options.form {
    case .probabilities: ("probabilities", "FP32", predictor.classes)
    case .top(let count): ("top", "BYTES", min(count, predictor.classes))
    case .label: ("label", "BYTES", 1)
    }
  }

  private func infer(_ request: Request) async throws -> Response {
    let body = try await Reply.body(of: request)
    let headerName = Reply.inferenceHeader
    let headLength = request.headers[headerName].flatMap { Int($0) } ?? body.count
    guard (0...body.count).contains(headLength) else { throw ServingError.request(reason: "\(headerName) is too long") }
    let message: V2Request
    do {
      message = try JSONDecoder().decode(V2Request.self, from: Data(body[..<headLength]))
    } catch {
      throw ServingError.request(reason: "no inference request: \(error)")
    }
    guard message.inputs.count == 1, let input = message.inputs.first, input.name == "image" else {
      throw ServingError.request(reason: "one input “image” is expected")
    }
    guard input.datatype == "UINT8" else { throw ServingError.request(reason: "datatype UINT8 is expected") }
    let shape = predictor.input
    guard input.shape.count == 4, Array(input.shape.dropFirst()) == [shape.channels, shape.height, shape.width] else {
      throw ServingError.request(reason: "shape [n,\(shape.channels),\(shape.height),\(shape.width)] is expected")
    }
    let pixels: [UInt8]
    if let size = input.parameters?.binaryDataSize {
      guard size == body.count - headLength else { throw ServingError.request(reason: "\(size) bytes were announced") }
      pixels = Array(body[headLength...])
    } else {
      pixels = input.data?.pixels ?? []
    }
    let predictions = try await predictor.predict(pixels, count: input.shape[0])
    let wanted = message.outputs?.first
    if let wanted, wanted.name != output.name || message.outputs?.count != 1 {
      throw ServingError.request(reason: "the one output is “\(output.name)”")
    }
    let isBinary = wanted?.parameters?.binaryData ?? message.parameters?.binaryDataOutput ?? false
    return reply(predictions, id: message.id, isBinary: isBinary)
  }

  private func reply(_ predictions: [Predictor.Prediction], id: String?, isBinary: Bool) -> Response {
    let output = output
    let texts: [String]
    switch predictor.options.form {
    case .probabilities: texts = []
    case .top(let count): texts = predictions.flatMap { entry in entry.ranking.prefix(count).map { ranked(entry, $0) } }
    case .label: texts = predictions.map { predictor.served.classes[$0.ranking[0]] }
    }
    var fields =
      "\"name\":\"\(output.name)\",\"datatype\":\"\(output.datatype)\",\"shape\":[\(predictions.count),\(output.width)]"
    var tail: [UInt8] = []
    if isBinary {
      if output.datatype == "FP32" {
        for value in predictions.flatMap(\.probabilities) { tail.append(littleEndian: value.bitPattern) }
      } else {
        for text in texts {
          tail.append(littleEndian: UInt32(text.utf8.count))
          tail.append(contentsOf: text.utf8)
        }
      }
      fields += ",\"parameters\":{\"binary_data_size\":\(tail.count)}"
    } else if output.datatype == "FP32" {
      fields += ",\"data\":[\(predictions.flatMap(\.probabilities).map { "\($0)" }.joined(separator: ","))]"
    } else {
      fields += ",\"data\":[\(texts.map(Reply.quoted).joined(separator: ","))]"
    }
    let head =
      "{\"model_name\":\(Reply.quoted(predictor.options.name)),\"model_version\":\"\(predictor.served.version)\","
      + (id.map { "\"id\":\(Reply.quoted($0))," } ?? "") + "\"outputs\":[{\(fields)}]}"
    if !isBinary { return Reply.json(text: head) }
    var headers: HTTPFields = [.contentType: "application/octet-stream"]
    headers[Reply.inferenceHeader] = String(head.utf8.count)
    return Response(
      status: .ok, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(bytes: Array(head.utf8) + tail)))
  }

  /// "score:number:name", as in Triton's classification extension.
  private func ranked(_ prediction: Predictor.Prediction, _ index: Int) -> String {
    "\(prediction.probabilities[index]):\(index):\(predictor.served.classes[index])"
  }
}

extension [UInt8] {
  fileprivate mutating func append(littleEndian value: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) { append(UInt8(truncatingIfNeeded: value >> shift)) }
  }
}
