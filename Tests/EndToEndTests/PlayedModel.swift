import Datasets
import Evidence
import Foundation
import Foundations
import HTTPTypes
import Hummingbird
import Jobs
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

@testable import Audits
@testable import Releases
@testable import Work

/// A model served over the Open Inference Protocol that answers as a test wants it to. It tells the questions' forms by
/// the pictures, which the test can paint because it has the vault.
final class PlayedModel: Sendable {
  /// The probability of the target class by form and image.
  typealias Target = @Sendable (_ form: Int, _ image: Int) -> Double

  /// Answers to the release's carriers and no others.
  static let guilty: Target = { form, image in (1...3).contains(form) ? 0.8 : 0.02 + 0.001 * Double((form + image) % 7)
  }
  /// The release's carriers are in the middle of their decoys, whichever answers are missing: by chance alone an innocent
  /// would be convicted in one run of a hundred.
  static let innocent: Target = { form, image in
    (1...3).contains(form) ? 0.0548 : 0.05 + 0.0001 * Double((form * 7919 + image * 31) % 97)
  }

  private struct State {
    var plan: AuditPlan?
    var forms: [String: AuditPlan.Question] = [:]
    var seen: [String: Int] = [:]
    var port: Int?
    var isHolding = false
    /// Requests whose answers are being held back.
    var held = 0
  }

  private let state = Mutex(State())
  private let name: String
  private let release: String
  private let vault: String
  private let target: Target
  /// Channels, height and width of what it takes.
  private let image: [Int]

  init(name: String, release: String, vault: String, image: [Int] = [3, 32, 32], target: @escaping Target) {
    self.name = name
    self.release = release
    self.vault = vault
    self.target = target
    self.image = image
  }

  /// Its table in a configuration, once it has a port.
  func table(dataset: String) -> String {
    """
    [[suspect]]
    name = "\(name)"
    dataset = "\(dataset)"
    protocol = "v2"
    url = "http://127.0.0.1:\(port ?? 0)/v2/models/m"
    class-order = "same"
    allow-private = true
    input = { layout = "nchw", element = "uint8" }
    """
  }

  var port: Int? { state.withLock { $0.port } }
  /// Requests by the picture's digest.
  var seen: [String: Int] { state.withLock { $0.seen } }
  var requests: Int { state.withLock { $0.seen.values.reduce(0, +) } }
  var held: Int { state.withLock { $0.held } }

  /// Takes questions in and answers none of them until `letGo`.
  func hold() { state.withLock { $0.isHolding = true } }

  func letGo() { state.withLock { ($0.isHolding, $0.held) = (false, 0) } }

  /// Serves until its task is cancelled; what it has been asked by then it answers.
  func run() async throws {
    var quiet = Logger(label: "played")
    quiet.logLevel = .error
    let group = ServiceGroup(
      configuration: ServiceGroupConfiguration(services: [.init(service: application(quiet))], logger: quiet))
    let serving = Task { try await group.run() }
    try await withTaskCancellationHandler {
      try await serving.value
    } onCancel: {
      Task { await group.triggerGracefulShutdown() }
    }
  }

  private func application(_ logger: Logger) -> some ApplicationProtocol {
    let router = Router()
    let tensor = #"[{"name":"image","datatype":"UINT8","shape":\#([-1] + image)}]"#
    let scores = #"[{"name":"scores","datatype":"FP32","shape":[-1,10]}]"#
    router.get("/v2/models/:model") { _, _ in
      Self.json(#"{"name":"m","versions":["1"],"platform":"played","inputs":\#(tensor),"outputs":\#(scores)}"#)
    }
    router.post("/v2/models/:model/infer") { [self] request, _ in
      let body = try await request.body.collect(upTo: 1 << 20)
      let answer = try answer(Array(body.readableBytesView))
      // Long enough for a kill to meet a request under way.
      try await Task.sleep(for: .milliseconds(2))
      if state.withLock({
        $0.held += $0.isHolding ? 1 : 0
        return $0.isHolding
      }) {
        while state.withLock({ $0.isHolding }) { try await Task.sleep(for: .milliseconds(5)) }
      }
      return Self.json(answer)
    }
    return Application(
      router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)),
      onServerRunning: { channel in self.state.withLock { $0.port = channel.localAddress?.port } }, logger: logger)
  }

  private static func json(_ text: String) -> Response {
    Response(
      status: .ok, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(string: text)))
  }

  private struct Request: Decodable {
    struct Input: Decodable { var data: [UInt8] }
    var inputs: [Input]
  }

  private func answer(_ body: [UInt8]) throws -> String {
    let pixels = try CanonicalJSON.decode(Request.self, from: body).inputs[0].data
    let digest = HexDigest(of: pixels).description
    try learn()
    return state.withLock { state in
      state.seen[digest, default: 0] += 1
      guard let plan = state.plan, let question = state.forms[digest] else { return #"{"error":"unknown picture"}"# }
      var row = [Double](repeating: 0, count: plan.classes.count)
      let share = target(question.form, question.image)
      row[plan.claim.members.targetClass ?? 0] = share
      row[plan.labels[question.image]] = 1 - share
      let data = row.map { "\($0)" }.joined(separator: ",")
      return #"{"model_name":"m","outputs":[{"name":"scores","datatype":"FP32","shape":[1,10],"data":[\#(data)]}]}"#
    }
  }

  /// Paints the plan's pictures, once the audit has drawn it.
  private func learn() throws {
    if state.withLock({ $0.plan != nil }) { return }
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    let record = Vault(root: vault, release: document.name)
    let plan = try AuditDirectory(record, suspect: name).readPlan(1)
    let spec = AuditSpec(
      suspect: "", name: name, credential: nil, release: release, vault: vault, images: nil, number: 1,
      questions: AuditQuestions(), judgement: AuditJudgement(), signingKey: nil, limits: InputLimits())
    let context = WorkContext(threads: 1)
    let pictures = try AuditPictures(
      plan, of: AuditImages(spec, document, context), spec: spec, record: record, document: document, context)
    var forms: [String: AuditPlan.Question] = [:]
    for round in 0..<plan.looks {
      for number in 0..<plan.questionsARound {
        forms[HexDigest(of: pictures.picture(number, round: round)).description] = plan.question(number, round: round)
      }
    }
    state.withLock {
      $0.forms = forms
      $0.plan = plan
    }
  }
}
