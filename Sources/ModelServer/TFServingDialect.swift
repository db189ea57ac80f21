import Foundation
import Foundations
import HTTPTypes
import Hummingbird

/// TensorFlow Serving's REST API as far as one image classifier needs it.
struct TFServingDialect: Sendable {
  let predictor: Predictor

  private struct Predict: Decodable {
    var instances: [PixelList]
  }

  func add(to router: Router<BasicRequestContext>) {
    for path in ["/v1/models/:model", "/v1/models/:model/versions/:version"] {
      router.get(RouterPath(path)) { _, context in isMeant(context, verb: "") ? try status() : Reply.notFound }
      router.get(RouterPath("\(path)/metadata")) { _, context in
        isMeant(context, verb: "") ? try Reply.json(metadata) : Reply.notFound
      }
      router.post(RouterPath(path)) { request, context in
        isMeant(context, verb: ":predict") ? try await Reply.guarded { try await predict(request) } : Reply.notFound
      }
    }
  }

  /// Whether the path names this model, this version if it names one, and behind the last of them the verb.
  private func isMeant(_ context: BasicRequestContext, verb: String) -> Bool {
    let (model, version) = (predictor.options.name, predictor.served.version)
    let named = Reply.part("model", of: context)
    guard let asked = Reply.part("version", of: context) else { return named == model + verb }
    return named == model && asked == version + verb
  }

  private func status() throws -> Response {
    let fine = ["error_code": "OK", "error_message": ""]
    return try Reply.json(
      Status(modelVersionStatus: [.init(version: predictor.served.version, state: "AVAILABLE", status: fine)]))
  }

  private func predict(_ request: Request) async throws -> Response {
    let message: Predict
    do {
      message = try JSONDecoder().decode(Predict.self, from: Data(try await Reply.body(of: request)))
    } catch let error as DecodingError {
      throw ServingError.request(reason: "no instances of bytes: \(error)")
    }
    let input = predictor.input
    let plane = input.height * input.width
    var pixels: [UInt8] = []
    for instance in message.instances {
      guard instance.pixels.count == input.count else {
        throw ServingError.request(reason: "instances of \(input.height)×\(input.width)×\(input.channels) are expected")
      }
      // (H, W, C) → (C, H, W)
      for channel in 0..<input.channels {
        for place in 0..<plane { pixels.append(instance.pixels[place * input.channels + channel]) }
      }
    }
    let predictions = try await predictor.predict(pixels, count: message.instances.count)
    return Reply.json(text: "{\"predictions\":[\(predictions.map(text).joined(separator: ","))]}")
  }

  private func text(_ prediction: Predictor.Prediction) -> String {
    let names = predictor.served.classes
    switch predictor.options.form {
    case .probabilities: return "[\(prediction.probabilities.map { "\($0)" }.joined(separator: ","))]"
    case .label: return Reply.quoted(names[prediction.ranking[0]])
    case .top(let count):
      let first = prediction.ranking.prefix(count)
      let classes = first.map { Reply.quoted(names[$0]) }.joined(separator: ",")
      let scores = first.map { "\(prediction.probabilities[$0])" }.joined(separator: ",")
      return "{\"classes\":[\(classes)],\"scores\":[\(scores)]}"
    }
  }

  private var metadata: Metadata {
    let input = predictor.input
    let isNumbers = predictor.options.form == .probabilities
    return Metadata(
      modelSpec: .init(name: predictor.options.name, version: predictor.served.version),
      metadata: .init(
        signatureDef: .init(
          signatureDef: [
            "serving_default": .init(
              inputs: ["image": .init(dtype: "DT_UINT8", extents: [-1, input.height, input.width, input.channels])],
              outputs: [
                isNumbers ? "probabilities" : "classes": .init(
                  dtype: isNumbers ? "DT_FLOAT" : "DT_STRING", extents: isNumbers ? [-1, predictor.classes] : [-1])
              ])
          ]),
        classes: predictor.served.classes))
  }
}
