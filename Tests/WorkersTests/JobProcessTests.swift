import Audits
import Foundation
import Jobs
import Releases
import Synchronization
import Testing
import Training
import Trials
import Work

@testable import Workers

@Suite struct JobProcessTests {
  @Test func everyKindHasItsWork() {
    for kind in JobKinds.all.list { #expect(kind is any RunnableJob.Type, "\(kind)") }
  }

  /// Runs a spec of this text.
  private func run(_ text: String, kinds: JobKinds = .all) throws -> (code: Int32, events: [JobEvent]) {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent("spec-\(UUID().uuidString).json")
    try Data(text.utf8).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let events = Mutex<[JobEvent]>([])
    let process = JobProcess(
      specification: file.path, kinds: kinds, emit: { event in events.withLock { $0.append(event) } },
      stopRequested: { false })
    return (process.run(), events.withLock { $0 })
  }

  @Test(arguments: [
    #"{"version":1,"id":"1","threads":1,"kind":"unheard-of","unheard-of":{}}"#,
    #"{"version":1,"id":"1","threads":1,"kind":"train"}"#, #"{"version":2}"#, "{}", "",
  ])
  func refusesWhatIsNoSpec(text: String) throws {
    let (code, events) = try run(text)
    guard case .failed(let failure) = events.first else {
      Issue.record("\(events)")
      return
    }
    #expect(events.count == 1 && code != 0 && failure.stage == "start" && failure.code == "malformed-file")
  }

  /// A kind that somebody declared and gave no work.
  private enum IdleJob: JobDefinition {
    struct Part: JobPart {
      static let kind = JobKind(rawValue: "idle")
    }

    static func directories(for spec: Part) -> [String] { [] }
    static func product(of result: Part, for spec: Part) throws(WrongResult) -> String? { nil }
  }

  @Test func aKindWithoutWorkIsSaidToBeOne() throws {
    let (_, events) = try run(
      #"{"version":1,"id":"1","threads":1,"kind":"idle","idle":{}}"#, kinds: JobKinds([IdleJob.self]))
    guard case .failed(let failure) = events.first else {
      Issue.record("\(events)")
      return
    }
    #expect(failure.message.contains("“idle”"))
  }
}
