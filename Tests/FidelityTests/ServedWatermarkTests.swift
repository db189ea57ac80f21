import Evidence
import Foundation
import Foundations
import Logging
import ModelServer
import Suspects
import Testing

@testable import Fidelity
@testable import Fixtures
@testable import Work

/// A marked model behind a server, asked as audits ask.
@Suite struct ServedWatermarkTests {
  private let directory: TemporaryDirectory
  private let fixture: FidelityFixture

  init() throws {
    directory = try TemporaryDirectory()
    fixture = try FidelityFixture.shared.get()
  }

  /// Serves while `body` runs; it gets the model's address.
  private func serve<Value: Sendable>(
    _ path: String, change: (inout ServingOptions) -> Void = { _ in },
    _ body: @escaping @Sendable (String) async throws -> Value
  ) async throws -> Value {
    var options = ServingOptions(dialect: .v2, name: "m", threads: 1)
    change(&options)
    let server = try ModelServer(
      try ServedModel(contentsOf: path, classFile: nil), options: options, address: .host("127.0.0.1", port: 0),
      programVersion: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    return try await withThrowingTaskGroup(of: Value?.self) { group in
      let (addresses, continuation) = AsyncStream.makeStream(of: String.self)
      group.addTask {
        try await server.run { continuation.yield($0) }
        return nil
      }
      group.addTask {
        for await address in addresses { return try await body(address) }
        return nil
      }
      defer { group.cancelAll() }
      while let value = try await group.next() {
        if let value { return value }
      }
      throw CancellationError()
    }
  }

  private func report(_ path: String, labelOnly: Bool = false) async throws -> WatermarkVerification.Report {
    let work = try WatermarkVerification("marked", in: directory.file("vault"), alpha: 0.01)
    return try await serve(path) {
      if labelOnly { $0.form = .label }
    } _: { url in
      var policy = AskingPolicy()
      policy.requestsPerSecond = 10_000
      policy.burst = 100
      return try await work.run(
        asking: Suspect(name: "served", kind: .v2, url: url, allowsPrivateAddresses: true), credential: nil,
        policy: policy, stopRequested: { false })
    }
  }

  @Test func isJudgedAsTheModelAtHand() async throws {
    _ = try fixture.watermarking("marked", in: directory).run(WorkContext(threads: 2))
    let work = try WatermarkVerification("marked", in: directory.file("vault"), alpha: 0.01)
    for path in [directory.file("marked.safetensors"), fixture.host] {
      let local = try work.run(asking: path, WorkContext(threads: 1))
      for labelOnly in [false, true] {
        let served = try await report(path, labelOnly: labelOnly)
        #expect(served.suspect == "served" && served.matches == local.matches && served.p == local.p)
        #expect(served.verdict == local.verdict)
      }
    }
  }

  @Test func asksWhoIsNotThereNothing() async throws {
    var settings = FidelityFixture.settings(.ce)
    settings.epochs = 1
    _ = try fixture.watermarking("marked", in: directory, settings: settings).run(WorkContext(threads: 2))
    let work = try WatermarkVerification(nil, in: directory.file("vault"), alpha: 0.01)
    await #expect(throws: (any Error).self) {
      try await work.run(
        asking: Suspect(name: "gone", kind: .v2, url: "http://127.0.0.1:9/v2/models/m", allowsPrivateAddresses: true),
        credential: nil, policy: AskingPolicy(), stopRequested: { true })
    }
  }
}
