import Datasets
import Foundation
import Testing

@testable import Suspects

/// Each protocol against answers as its servers give them.
struct ProtocolTests {
  /// What the session found, the answer to one image, and what the server saw.
  private func ask(
    _ suspect: Suspect, _ script: @escaping @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step]
  ) async throws -> (profile: Profile, answer: Answer?, post: ScriptedServer.Request) {
    try await ScriptedServer.serve(script) { server in
      var suspect = suspect
      suspect.url = server.url + suspect.url
      suspect.allowsPrivateAddresses = true
      let (profile, answer) = try await SuspectSession.with(suspect, terms: Rehearsal.terms(VirtualTime())) {
        session in
        let result = try await session.ask(
          Rehearsal.questions(1), record: Notebook().record)
        return (session.profile, result.answers["q0"])
      }
      return (profile, answer, try #require(server.log.posts.first))
    }
  }

  private func text(_ request: ScriptedServer.Request) -> String { String(decoding: request.body, as: UTF8.self) }

  @Test func readsRankedNamesOfVersionTwo() async throws {
    let metadata = """
      {"name":"m","versions":null,"platform":"","inputs":[{"name":"x","datatype":"FP32","shape":[-1,3,4,4]}],\
      "outputs":[{"name":"top","datatype":"BYTES","shape":[-1,2]}]}
      """
    let output = """
      {"model_name":"m","outputs":[{"name":"top","datatype":"BYTES","shape":[1,2],"data":["0.75:2:bird","0.125:0:plane"]}]}
      """
    let suspect = Suspect(name: "s", kind: .v2, url: "", model: "m", version: "3")
    let result = try await ask(suspect) { .reply($0.method == "GET" ? metadata : output) }
    #expect(result.answer == .topK([2: 0.75, 0: 0.125]))
    #expect(result.profile.answers == .topK)
    #expect(result.profile.pipeline.resize == "bilinear-half-pixel")
    #expect(result.post.path == "/v2/models/m/versions/3/infer")
    #expect(
      text(result.post).hasPrefix(
        "{\"inputs\":[{\"name\":\"x\",\"shape\":[1,3,4,4],\"datatype\":\"FP32\",\"data\":[0.0,"))
  }

  @Test func readsLabelsOfVersionTwo() async throws {
    let metadata = Rehearsal.metadata.replacing("FP32", with: "INT64").replacing("[-1,3]", with: "[-1]")
    let output = Rehearsal.output("[2]", shape: "[1]", datatype: "INT64")
    let suspect = Suspect(name: "s", kind: .v2, url: "/v2/models/m")
    let result = try await ask(suspect) { .reply($0.method == "GET" ? metadata : output) }
    #expect(result.answer == .label(2))
    #expect(result.profile.answers == .label)
  }

  @Test func speaksToTensorFlowServing() async throws {
    let metadata = """
      {"model_spec":{"name":"m","signature_name":"","version":"12"},"metadata":{"signature_def":{"signature_def":{\
      "serving_default":{"inputs":{"x":{"dtype":"DT_FLOAT","tensor_shape":{"dim":[{"size":"-1"},{"size":"2"},\
      {"size":"2"},{"size":"3"}],"unknown_rank":false},"name":"x:0"}},"outputs":{"y":{"dtype":"DT_FLOAT",\
      "tensor_shape":{"dim":[{"size":"-1"},{"size":"3"}]},"name":"y:0"}},"method_name":"tensorflow/serving/predict"}}}}}
      """
    var suspect = Suspect(name: "s", kind: .tfServing, url: "/v1/models/m")
    suspect.classes.order = .same
    let result = try await ask(suspect) { request in
      switch (request.method, request.path) {
      case ("GET", "/v1/models/m/metadata"): .reply(metadata)
      case ("POST", "/v1/models/m:predict"): .reply("{\"predictions\": [[0.25, 0.5, 0.25]]}")
      default: .reply("{}", status: 404)
      }
    }
    #expect(result.answer == .probabilities([0.25, 0.5, 0.25]))
    #expect(result.profile.identity.versions == ["12"] && result.profile.pipeline.layout == .hwc)
    #expect(text(result.post) == "{\"instances\":[[[[0.0,0.0,0.0],[0.0,0.0,0.0]],[[0.0,0.0,0.0],[0.0,0.0,0.0]]]]}")
  }

  @Test func speaksToKServesFirstVersion() async throws {
    var suspect = Suspect(name: "s", kind: .tfServing, url: "/v1/models/m:predict")
    suspect.classes.order = .names(["car", "plane", "bird"])
    suspect.input.layout = .chw
    suspect.input.element = .uint8
    let result = try await ask(suspect) { request in
      switch (request.method, request.path) {
      case ("GET", "/v1/models/m"): .reply("{\"name\":\"m\",\"ready\":\"True\"}")
      case ("POST", "/v1/models/m:predict"): .reply("{\"predictions\":[[0.25,0.5,0.25]]}")
      default: .reply("{\"detail\":\"Not Found\"}", status: 404)
      }
    }
    #expect(result.answer == .probabilities([0.5, 0.25, 0.25]))
    #expect(!result.profile.identity.isDescribed)
    #expect(text(result.post) == "{\"instances\":[[[[0,0],[0,0]],[[0,0],[0,0]],[[0,0],[0,0]]]]}")
  }

  @Test func sendsATorchServeModelAnImageFile() async throws {
    let suspect = Suspect(name: "s", kind: .torchServe, url: "/predictions/m/2.0")
    let result = try await ask(suspect) { _ in .reply("{\"plane\": 0.5, \"bird\": 0.3}") }
    #expect(result.answer == .topK([0: 0.5, 2: 0.3]))
    #expect(result.post.path == "/predictions/m/2.0" && result.post.headers["content-type"] == "image/png")
    #expect(result.post.body == Rehearsal.encode([UInt8](repeating: 0, count: 12), Rehearsal.size))
  }

  @Test func waitsForAHuggingFaceModelToLoad() async throws {
    let suspect = Suspect(name: "s", kind: .huggingFace, url: "/models/acme/vit")
    let result = try await ask(suspect) { request in
      request.ordinal == 0
        ? .reply("{\"error\":\"Model is loading\",\"estimated_time\":20.5}", status: 503)
        : .reply("[{\"label\":\"car\",\"score\":0.9},{\"label\":\"bird\",\"score\":0.05}]")
    }
    #expect(result.answer == .topK([1: 0.9, 2: 0.05]))
    #expect(text(result.post).hasSuffix("\",\"parameters\":{\"top_k\":3}}"))
  }

  @Test func fillsTheTemplateOfAnyOtherEndpoint() async throws {
    var suspect = Suspect(name: "s", kind: .rest, url: "/classify?v=1")
    suspect.rest = RESTForm(
      headers: ["X-Api-Version": "7"], body: "{\"img\":\"{{image}}\",\"raw\":{{flat}}}", answerPath: "$.result[0].label"
    )
    let result = try await ask(suspect) { _ in .reply("{\"result\":[{\"label\":\"bird\"}]}") }
    #expect(result.answer == .label(2))
    #expect(result.post.path == "/classify?v=1" && result.post.headers["x-api-version"] == "7")
    let body = try JSONValue(result.post.body, limits: JSONLimits())
    #expect(body["raw"]?.numbers?.count == 12)
    let file = try #require(body["img"]?.string.flatMap { Data(base64Encoded: $0) })
    #expect(Array(file) == Rehearsal.encode([UInt8](repeating: 0, count: 12), Rehearsal.size))
  }
}
