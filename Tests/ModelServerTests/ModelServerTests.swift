import Foundation
import Foundations
import Logging
import Networks
import NeuralNet
import Suspects
import Synchronization
import Testing

@testable import ModelServer

/// Models served and asked by the clients that audits use.
struct ModelServerTests {
  static let classes = ["plane", "car", "bird", "cat"]
  static let shape = ImageShape(channels: 3, height: 8, width: 8)

  /// A small model in a file, with class names.
  private func file(seed: UInt64 = 1) throws -> String {
    let definition = NetworkDefinition(architecture: "resnet18", width: 8, input: Self.shape, classes: 4)
    let path = NSTemporaryDirectory() + "dandyroll-served-\(UUID().uuidString).safetensors"
    let names = "[\"plane\",\"car\",\"bird\",\"cat\"]"
    try Model(definition, seed: seed).save(to: path, metadata: ["format": "dandyroll-model/1", "classes": names])
    return path
  }

  private func images(_ count: Int) -> [[UInt8]] {
    var stream = RandomStream(seed: 7)
    return (0..<count).map { _ in (0..<Self.shape.count).map { _ in UInt8(stream.below(256)) } }
  }

  /// Serves while `body` runs; it gets the model's address.
  private func serve<Value: Sendable>(
    _ path: String, _ dialect: ServingOptions.Dialect, change: (inout ServingOptions) -> Void = { _ in },
    _ body: @escaping @Sendable (String) async throws -> Value
  ) async throws -> Value {
    var options = ServingOptions(dialect: dialect, name: "a model", threads: 1)
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

  private func ask(
    _ url: String, _ kind: EndpointKind, _ images: [[UInt8]], attempts: Int = 1
  ) async throws -> (answers: [Answer], result: Questioning, fingerprint: String) {
    let suspect = Suspect(name: "served", kind: kind, url: url, allowsPrivateAddresses: true)
    var policy = AskingPolicy()
    policy.requestsPerSecond = 10_000
    policy.burst = 100
    policy.attempts = attempts
    policy.failuresInARow = 100
    let terms = SuspectSession.Terms(
      classes: Self.classes.reversed(), size: .init(channels: 3, height: 8, width: 8), policy: policy,
      encoder: { _, _ in [] })
    let questions = images.enumerated().map { Question(id: "\($0)", pixels: $1) }
    return try await SuspectSession.with(suspect, terms: terms) { session in
      let result = try await session.ask(
        questions, record: { _ in })
      return (
        questions.map { result.answers[$0.id] ?? .none(NoAnswer(.stopped)) }, result, session.profile.fingerprint
      )
    }
  }

  /// In the order that `ask` names its classes in: the reverse of the model's.
  private func expected(_ path: String, _ images: [[UInt8]]) throws -> [[Double]] {
    let plan = try ClassifierPlan(try Model(contentsOf: path), batch: 8, threads: 1)
    return images.map { image in plan.probabilities(image.span, count: 1).reversed().map { Double("\($0)") ?? .nan } }
  }

  @Test(arguments: [(ServingOptions.Dialect.v2, EndpointKind.v2), (.tfServing, .tfServing)])
  func answersLikeTheClassifier(_ dialect: ServingOptions.Dialect, _ kind: EndpointKind) async throws {
    let path = try file()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let images = images(12)
    let found = try await serve(path, dialect) { try await self.ask($0, kind, images) }
    let expected = try expected(path, images)
    #expect(found.answers == expected.map { .probabilities($0) })
    #expect(found.result.interruption == nil)
  }

  @Test func aTakenPortIsSaidInWords() async throws {
    let path = try file()
    defer { try? FileManager.default.removeItem(atPath: path) }
    try await serve(path, .v2) { url in
      let port = try #require(URL(string: url)?.port)
      let second = try ModelServer(
        try ServedModel(contentsOf: path, classFile: nil),
        options: ServingOptions(dialect: .v2, name: "b", threads: 1), address: .host("127.0.0.1", port: port),
        programVersion: "test", logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
      let expected = ServingError.address("127.0.0.1:\(port)", message: "Address already in use")
      await #expect(throws: expected) { try await second.run { _ in } }
    }
  }

  @Test(arguments: [(ServingOptions.Dialect.v2, EndpointKind.v2), (.tfServing, .tfServing)])
  func answersNoMoreThanItIsTold(_ dialect: ServingOptions.Dialect, _ kind: EndpointKind) async throws {
    let path = try file()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let images = images(3)
    let expected = try expected(path, images)
    let labels = try await serve(path, dialect, change: { $0.form = .label }) { try await self.ask($0, kind, images) }
    #expect(labels.answers == expected.map { row in .label(row.indices.max { row[$0] < row[$1] } ?? -1) })
    let top = try await serve(path, dialect, change: { ($0.form, $0.digits) = (.top(2), 2) }) {
      try await self.ask($0, kind, images)
    }
    for (answer, row) in zip(top.answers, expected) {
      guard case .topK(let scores) = answer else {
        Issue.record("\(answer)")
        continue
      }
      let first = row.indices.sorted { row[$0] > row[$1] }.prefix(2)
      #expect(Set(scores.keys) == Set(first))
      #expect(first.allSatisfy { scores[$0] == (row[$0] * 100).rounded() / 100 })
    }
    #expect(top.result.answers.values.allSatisfy { $0.kind == .topK })
  }

  @Test func isAnotherModelWithOtherWeights() async throws {
    let (first, second) = (try file(seed: 1), try file(seed: 2))
    defer { for path in [first, second] { try? FileManager.default.removeItem(atPath: path) } }
    let one = try await serve(first, .v2) { try await self.ask($0, .v2, []) }
    let same = try await serve(first, .v2) { try await self.ask($0, .v2, []) }
    let other = try await serve(second, .v2) { try await self.ask($0, .v2, []) }
    #expect(one.fingerprint == same.fingerprint && one.fingerprint != other.fingerprint)
  }

  @Test func failsAsOftenAsARehearsalAsks() async throws {
    let path = try file()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let images = images(40)
    let found = try await serve(path, .v2, change: { $0.failRate = 0.5 }) { try await self.ask($0, .v2, images) }
    let failures = found.answers.count { $0.kind == nil }
    #expect((8...32).contains(failures))
    // The seed decides how many; which ones is up to the order of arrival.
    let again = try await serve(path, .v2, change: { $0.failRate = 0.5 }) { try await self.ask($0, .v2, images) }
    #expect(again.answers.count { $0.kind == nil } == failures)
  }

  @Test func joinsWhoWaitsAndRefusesWhoIsTooMany() async throws {
    let path = try file()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let model = try Model(contentsOf: path)
    let queue = try BatchQueue(model, batch: 4, limit: 9, threads: 1)
    let images = images(9)
    // Nothing is computed until all wait.
    queue.thread.suspend()
    let answers = await withTaskGroup(of: (Int, [Float]?).self) { group in
      for (index, image) in images.enumerated() {
        group.addTask { (index, try? await queue.probabilities(of: image, count: 1)) }
      }
      while queue.waitingImages < 9 { await Task.yield() }
      await #expect(throws: ServingError.full) { try await queue.probabilities(of: images[0], count: 1) }
      queue.thread.resume()
      return await group.reduce(into: [Int: [Float]]()) { $0[$1.0] = $1.1 }
    }
    #expect(queue.batches == 3)
    let plan = try ClassifierPlan(model, batch: 4, threads: 1)
    for (index, image) in images.enumerated() {
      #expect(answers[index] == plan.probabilities(image.span, count: 1))
    }
  }

  /// Holds a queue's thread until so many have been turned away.
  private final class Gate: Sendable {
    private let queue: BatchQueue
    private let state = Mutex<(isHeld: Bool, refused: Int)>((true, 0))

    /// Nothing leaves the queue until all have come.
    init(_ queue: BatchQueue) {
      self.queue = queue
      queue.thread.suspend()
    }

    var isHeld: Bool { state.withLock { $0.isHeld } }

    func refuse(outOf most: Int) {
      let isLast = state.withLock { state in
        state.refused += 1
        return state.refused == most
      }
      if isLast { open() }
    }

    func open() {
      let wasHeld = state.withLock { state in
        defer { state.isHeld = false }
        return state.isHeld
      }
      if wasHeld { queue.thread.resume() }
    }
  }

  /// Everybody finds room at the same moment, and only as many as fit get in.
  @Test func letsNoMoreInThanFitHoweverManyComeTogether() async throws {
    let path = try file()
    defer { try? FileManager.default.removeItem(atPath: path) }
    let queue = try BatchQueue(try Model(contentsOf: path), batch: 4, limit: 3, threads: 1)
    let image = images(1)[0]
    for _ in 0..<200 {
      let gate = Gate(queue)
      let answered = await withTaskGroup(of: Int.self) { group in
        for _ in 0..<32 {
          group.addTask {
            do {
              return try await queue.probabilities(of: image, count: 1).isEmpty ? 0 : 1
            } catch {
              // Of 32 there is room for three.
              gate.refuse(outOf: 29)
              return 0
            }
          }
        }
        group.addTask {
          // Should more have been let in than fit, fewer are refused, and the queue is let go all the same.
          for _ in 0..<400 where gate.isHeld { try? await Task.sleep(for: .milliseconds(5)) }
          gate.open()
          return 0
        }
        return await group.reduce(0, +)
      }
      #expect(answered == 3)
      if answered != 3 { break }
    }
  }

  @Test func wantsAsManyClassNamesAsTheModelHas() throws {
    let path = try file()
    let names = path + ".txt"
    defer { for path in [path, names] { try? FileManager.default.removeItem(atPath: path) } }
    try "a\nb\nc\n".write(toFile: names, atomically: true, encoding: .utf8)
    #expect(throws: ServingError.classes(file: names, found: 3, needed: 4)) {
      try ServedModel(contentsOf: path, classFile: names)
    }
    try "a\nb\nc\nd d\n".write(toFile: names, atomically: true, encoding: .utf8)
    let served = try ServedModel(contentsOf: path, classFile: names)
    #expect(served.classes == ["a", "b", "c", "d d"])
  }
}
