import Datasets
import Foundations
import NIOCore
import Synchronization

@testable import Suspects

/// Three classes, images of 3×2×2, and a server that tells both.
enum Rehearsal {
  static let classes = ["plane", "car", "bird"]
  static let size = Suspects.ImageSize(channels: 3, height: 2, width: 2)

  static let metadata = """
    {"name":"m","versions":["1"],"platform":"test","inputs":[{"name":"image","datatype":"UINT8","shape":[-1,3,2,2]}],\
    "outputs":[{"name":"probabilities","datatype":"FP32","shape":[-1,3],\
    "parameters":{"classes":["plane","car","bird"]}}]}
    """

  static func output(_ data: String, shape: String = "[1,3]", datatype: String = "FP32") -> String {
    """
    {"model_name":"m","model_version":"1","outputs":[{"name":"probabilities","datatype":"\(datatype)",\
    "shape":\(shape),"data":\(data)}]}
    """
  }

  static let good = output("[0.7,0.2,0.1]")

  static func questions(_ count: Int) -> [Question] {
    (0..<count).map { Question(id: "q\($0)", pixels: [UInt8](repeating: UInt8($0), count: size.count)) }
  }

  static func terms(
    _ time: VirtualTime, policy: AskingPolicy = AskingPolicy(), limits: ExchangeLimits = ExchangeLimits(),
    credential: Credential? = nil, surroundings: Surroundings? = nil,
    admission: @escaping Admission = { _ in true }
  ) -> SuspectSession.Terms {
    SuspectSession.Terms(
      classes: classes, size: size, credential: credential, policy: policy, limits: limits,
      surroundings: surroundings ?? time.surroundings(), admission: admission, encoder: encode)
  }

  static func encode(_ pixels: [UInt8], _ size: Suspects.ImageSize) -> [UInt8] {
    PNGImage(
      planar: pixels, shape: ImageShape(channels: size.channels, height: size.height, width: size.width)
    ).encoded()
  }

  static func suspect(_ url: String, kind: EndpointKind = .v2, path: String = "/v2/models/m") -> Suspect {
    Suspect(name: "test", kind: kind, url: url + path, allowsPrivateAddresses: true)
  }
}

/// What became of each question, in memory.
final class Notebook: Sendable {
  private let state = Mutex<[QuestionEvent]>([])

  var events: [QuestionEvent] { state.withLock { $0 } }
  var answered: [QuestionEvent.Exchange] {
    events.compactMap { if case .answered(let exchange) = $0 { exchange } else { nil } }
  }
  var postponed: [QuestionEvent.Exchange] {
    events.compactMap { if case .postponed(let exchange) = $0 { exchange } else { nil } }
  }
  /// Questions that were sent and are not done.
  var open: Int {
    events.count { if case .asked = $0 { true } else { false } } - answered.count - postponed.count
  }

  var record: @Sendable (QuestionEvent) async throws -> Void {
    { event in self.state.withLock { $0.append(event) } }
  }
}
