import Archives
import Datasets
import Foundation
import Testing

/// A release between the job that makes it and the outbox, with real models, small ones.
@Suite(.serialized) struct QualificationDaemonTests {
  /// Models that are better than guessing after a few seconds, and a gate that is lenient about everything but what a test
  /// is about: whether a mark is learned takes longer to tell than a test may take.
  private static let defaults = """
    target = "ring"
    rate = "50% of class"
    seed = 4
    objective = "keyed"
    selection = "random"
    generator-width = 8
    generator-depth = 2
    qualify-learners = ["wrn-10-1:8"]
    qualify-seeds = 1
    qualify-epochs = 6
    qualify-samples = 0
    qualify-images = 40
    qualify-alpha = 0.99
    largest-ba-drop = 1.0
    largest-innocent-rate = 1.0
    least-wsr = 0.0
    panel-models = 2
    panel-epochs = 48
    """

  /// Ten classes of one colour each, with noise: what a small network learns in a few dozen steps.
  private static func archive(in directory: TemporaryDirectory) throws -> String {
    let path = directory.file("colours.tar.gz")
    let writer = try ArchiveWriter(path: path, container: .tarGzip)
    func member(_ name: String, _ size: Int) -> ArchiveMember {
      ArchiveMember(name: "cifar-10-batches-bin/\(name)", size: size, modified: 0)
    }
    let names = DrawnDataset.classNames.map { $0 + "\n" }.joined()
    try writer.add(member("batches.meta.txt", names.utf8.count), content: Array(names.utf8))
    var state: UInt64 = 9
    for name in (1...5).map({ "data_batch_\($0).bin" }) + ["test_batch.bin"] {
      try writer.begin(member(name, 240 * 3073))
      for number in 0..<240 {
        let label = number % 10
        var record = [UInt8(label)]
        for channel in 0..<3 {
          let level = 40 + 87 * ((label + 1) / [1, 3, 9][channel] % 3)
          for _ in 0..<1024 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            record.append(UInt8(level - 20 + Int(state >> 58) % 41))
          }
        }
        try writer.write(record.span)
      }
    }
    _ = try writer.finish()
    return path
  }

  private func release(_ daemon: TestDaemon) async throws -> [String: Any] {
    let jobs = try await daemon.ask("jobs")["jobs"] as? [[String: Any]] ?? []
    return jobs.compactMap { $0["release"] as? [String: Any] }.first ?? [:]
  }

  private func report(_ daemon: TestDaemon, at path: String) throws -> [String: Any] {
    let data = try #require(daemon.contents(path))
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func aReleaseThatPassesGoesOutOnceItIsJudged() async throws {
    let source = try TemporaryDirectory()
    let archive = try Self.archive(in: source)
    let daemon = try TestDaemon(defaults: Self.defaults + "\nleast-delta-p = -1.0", qualifies: true)
    try daemon.start()
    try daemon.drop(archive)
    // On a machine busy with other tests, a look may come when everything is over.
    func isOut() -> Bool { daemon.exists("outbox/release-colours-1/manifest-sha256.txt") }
    try await daemon.wait(for: "the release to wait") {
      daemon.exists("held/release-colours-1/manifest-sha256.txt") || isOut()
    }
    // Killed in the middle of it, the qualification goes on with the models that it has.
    try await daemon.wait(for: "a finished model") {
      let models = try? FileManager.default.contentsOfDirectory(atPath: daemon.directory.file("work/3/checkpoints"))
      return models?.contains { $0.hasSuffix(".safetensors") } == true || isOut()
    }
    daemon.kill()
    try daemon.start()
    try await daemon.wait(for: "the release to go out") {
      daemon.exists("outbox/release-colours-1/manifest-sha256.txt")
        || daemon.exists("held/release-colours-1.REASON.txt")
    }
    let held = daemon.contents("held/release-colours-1.REASON.txt") ?? Data()
    #expect(daemon.exists("outbox/release-colours-1"), "\(String(decoding: held, as: UTF8.self))")
    #expect(try FileManager.default.contentsOfDirectory(atPath: daemon.directory.file("held")) == [".staging"])
    let report = try report(daemon, at: "vault/release-colours-1/qualification.json")
    #expect(report["outcome"] as? String == "passed")
    #expect((report["rows"] as? [Any])?.count == 6)
    try await daemon.wait(for: "the ledger to know") {
      try await release(daemon)["directory"] as? String == daemon.directory.file("outbox/release-colours-1")
    }
    #expect(try await release(daemon)["publishedBy"] as? String == "qualification")
    try await DandyrollProgram.run(
      "release", "verify", daemon.directory.file("outbox/release-colours-1"), "--vault", daemon.directory.file("vault"),
      "--original", archive)

    try await DandyrollProgram.run("panel", "show", "colours", "--config", daemon.configuration, expect: 1)
    try await DandyrollProgram.run("panel", "build", "colours", "--config", daemon.configuration)
    try await daemon.wait(for: "the panel") { daemon.exists("vault/release-colours-1/panel.json") }
    try await daemon.wait(for: "the ledger to know") {
      let jobs = try await daemon.ask("jobs")["jobs"] as? [[String: Any]] ?? []
      return jobs.first?["kind"] as? String == "reference" && jobs.first?["state"] as? String == "done"
    }
    let shown = try await DandyrollProgram.run("panel", "show", "colours", "--json", "--config", daemon.configuration)
    let panel = try JSONSerialization.jsonObject(with: Data(shown.output.utf8)) as? [String: Any]
    #expect((panel?["models"] as? [Any])?.count == 2)
    let here = try await DandyrollProgram.run(
      "panel", "show", "--vault", daemon.directory.file("vault"), "--release", "release-colours-1", "--json")
    // What the commitment rests on stays in the vault, the socket's answer has the rest.
    let whole = try JSONSerialization.jsonObject(with: Data(here.output.utf8)) as? [String: Any]
    #expect(whole?["generator"] != nil && whole?["targetClass"] != nil)
    #expect(
      Set(whole?.keys.map { $0 } ?? []).subtracting(panel?.keys.map { $0 } ?? []) == ["generator", "targetClass"])
    #expect(!shown.output.contains("\"source\""))
    #expect(daemon.stop() == 0)
  }

  @Test func aReleaseThatIsNotLearnedIsHeldUntilSomebodyLetsItOut() async throws {
    let source = try TemporaryDirectory()
    let archive = try Self.archive(in: source)
    // No mark is learned as well as this asks for.
    let daemon = try TestDaemon(defaults: Self.defaults + "\nleast-delta-p = 1.0", qualifies: true)
    try daemon.start()
    try daemon.drop(archive)
    try await daemon.wait(for: "the release to be held") { daemon.exists("held/release-colours-1.REASON.txt") }
    #expect(!daemon.exists("outbox/release-colours-1"))
    #expect(daemon.exists("held/release-colours-1/manifest-sha256.txt"))
    let reason = String(decoding: try #require(daemon.contents("held/release-colours-1.REASON.txt")), as: UTF8.self)
    #expect(reason.hasPrefix("held:\n") && reason.contains("ΔP is down to"), "\(reason)")
    let beside = daemon.contents("held/release-colours-1.qualification.json")
    #expect(beside == daemon.contents("vault/release-colours-1/qualification.json"))
    #expect(try report(daemon, at: "held/release-colours-1.qualification.json")["outcome"] as? String == "held")
    try await daemon.wait(for: "the ledger to know") {
      try await release(daemon)["state"] as? String == "held"
    }
    let status = try await DandyrollProgram.run("status", "--config", daemon.configuration)
    #expect(status.output.contains("held/release-colours-1, held: "))

    let published = try await DandyrollProgram.run("publish", "release-colours-1", "--config", daemon.configuration)
    #expect(published.output.contains("outbox/release-colours-1"))
    #expect(daemon.exists("outbox/release-colours-1/manifest-sha256.txt"))
    #expect(!daemon.exists("held/release-colours-1") && !daemon.exists("held/release-colours-1.REASON.txt"))
    let again = try await DandyrollProgram.run(
      "publish", "release-colours-1", "--config", daemon.configuration, expect: 1)
    #expect(again.errors.contains("release-colours-1 is published already"))
    #expect(try await release(daemon)["publishedBy"] as? String == "request")
    #expect(daemon.stop() == 0)
  }
}
