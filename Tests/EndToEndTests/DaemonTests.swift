import Datasets
import Foundation
import Testing

/// The main job as its users see it: an archive in the inbox, a release in the outbox.
@Suite(.serialized) struct DaemonTests {
  static let defaults = """
    target = "ring"
    objective = "paper"
    rate = "50% of class"
    seed = 4
    surrogate-width = 8
    surrogate-epochs = 2
    generator-width = 8
    generator-depth = 2
    generator-steps = 40
    batch = 16
    sample-share = 0.5
    """

  static func archive(in directory: TemporaryDirectory, seed: UInt64 = 31, perBatch: Int = 100) throws -> String {
    let path = directory.file("shapes.tar.gz")
    try DrawnDataset(seed: seed).writeCIFAR10(to: path, perBatch: perBatch, test: 50)
    return path
  }

  @Test func anArchiveInTheInboxBecomesARelease() async throws {
    let source = try TemporaryDirectory()
    let archive = try Self.archive(in: source)
    let daemon = try TestDaemon(defaults: Self.defaults)
    try daemon.start()
    try daemon.drop(archive)
    try await daemon.wait(for: "the release") { daemon.exists("outbox/release-shapes-1/manifest-sha256.txt") }
    try await DandyrollProgram.run(
      "release", "verify", daemon.directory.file("outbox/release-shapes-1"), "--vault", daemon.directory.file("vault"),
      "--original", archive)
    try await daemon.wait(for: "both jobs done") {
      let jobs = try await daemon.ask("jobs")["jobs"] as? [[String: Any]] ?? []
      return jobs.count == 2 && jobs.allSatisfy { $0["state"] as? String == "done" }
    }
    let status = try await daemon.ask("status")
    #expect(status["state"] as? String == "serving")

    // The same bytes again: a receipt, and no second release.
    try daemon.drop(archive, as: "again.tar.gz")
    try await daemon.wait(for: "the receipt") {
      daemon.exists("receipts/again.tar.gz.duplicate-of-release-shapes-1")
    }
    // Another archive of the dataset: marked with the same generator, so no second training.
    let more = try TemporaryDirectory()
    try daemon.drop(Self.archive(in: more, seed: 32))
    try await daemon.wait(for: "the second release") { daemon.exists("outbox/release-shapes-2/manifest-sha256.txt") }
    try await daemon.wait(for: "three jobs done") {
      let jobs = try await daemon.ask("jobs")["jobs"] as? [[String: Any]] ?? []
      return jobs.filter { $0["kind"] as? String == "train" }.count == 1
        && jobs.filter { $0["state"] as? String == "done" }.count == 3
    }
    #expect(daemon.stop() == 0)
  }

  @Test func aBadArchiveIsKeptBesideItsReasonAndTheDaemonGoesOn() async throws {
    let source = try TemporaryDirectory()
    let archive = try Self.archive(in: source)
    let whole = try Data(contentsOf: URL(fileURLWithPath: archive))
    let truncated = source.file("truncated.tar.gz")
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: truncated))
    let daemon = try TestDaemon(defaults: Self.defaults)
    try daemon.start()
    try daemon.drop(truncated)
    // Without a word that it is complete, what has no end would be waited for.
    try Data().write(to: URL(fileURLWithPath: daemon.directory.file("inbox/truncated.tar.gz.ready")))
    let failed = daemon.directory.file("failed")
    func find(_ name: String) -> String? {
      (try? FileManager.default.subpathsOfDirectory(atPath: failed))?.first { $0.hasSuffix(name) }
    }
    try await daemon.wait(for: "the input beside its reason", seconds: 60) {
      ["REASON.json", "REASON.txt", "truncated.tar.gz"].allSatisfy { find($0) != nil }
    }
    let path = try #require(find("REASON.json"))
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(failed)/\(path)")))
    let reason = try #require(object as? [String: Any])
    #expect(reason["kind"] as? String == "refused")
    #expect((reason["message"] as? String)?.contains("truncated") == true)
    let kept = try #require(find("truncated.tar.gz"))
    let original = FileManager.default.contents(atPath: truncated)
    #expect(FileManager.default.contents(atPath: "\(failed)/\(kept)") == original)
    let text = try #require(find("REASON.txt"))
    let line = try String(contentsOfFile: "\(failed)/\(text)", encoding: .utf8)
    #expect(line.split(separator: "\n").count == 1)
    #expect(!daemon.exists("outbox/release-truncated-1"))
    try await daemon.wait(for: "both jobs over") {
      let jobs = try await daemon.ask("jobs")["jobs"] as? [[String: Any]] ?? []
      return jobs.compactMap { $0["state"] as? String }.sorted() == ["cancelled", "failed"]
    }
    let status = try await DandyrollProgram.run("status", "--config", daemon.configuration).output
    #expect(status.contains(", 1 failed,") && status.contains(line) && !status.contains("no generator yet"))
    // Without its input there is nothing to try again.
    try FileManager.default.removeItem(atPath: "\(failed)/1")
    let retried = try await DandyrollProgram.run("retry", "1", "--config", daemon.configuration, expect: 1)
    #expect(retried.output.isEmpty && retried.errors.hasSuffix("truncated.tar.gz: the input is no longer there\n"))

    try daemon.drop(archive)
    try await daemon.wait(for: "the good archive's release") {
      daemon.exists("outbox/release-shapes-1/manifest-sha256.txt")
    }
  }

  /// Ten kills at random moments, of the daemon or of its job: the release is what an undisturbed run makes.
  @Test func tenKillsChangeNoByte() async throws {
    let source = try TemporaryDirectory()
    let archive = try Self.archive(in: source, perBatch: 200)
    let generator = source.file("generator.safetensors")
    try await DandyrollProgram.run(
      "train", archive, "--objective", "paper", "--target", "ring", "--out", generator, "--seed", "4", "--epochs", "2",
      "--steps", "40",
      "--surrogate-width", "8", "--width", "8", "--depth", "2", "--batch", "16", "--sample-share", "0.5")
    let undisturbed = source.file("release-shapes-1")
    try await DandyrollProgram.run(
      "release", archive, "--generator", generator, "--out", undisturbed, "--vault", source.file("vault"),
      "--seed", "4")

    let daemon = try TestDaemon(defaults: Self.defaults)
    // Marks are drawn from the vault's secret: only a vault with the same one marks alike.
    try FileManager.default.createDirectory(
      atPath: daemon.directory.file("vault"), withIntermediateDirectories: true,
      attributes: [.posixPermissions: 0o700])
    try FileManager.default.copyItem(
      atPath: source.file("vault/secret"), toPath: daemon.directory.file("vault/secret"))
    try daemon.drop(archive)
    var random = SystemRandomNumberGenerator()
    for _ in 0..<10 {
      try daemon.start()
      try await Task.sleep(for: .milliseconds(Int.random(in: 100...1500, using: &random)))
      if Bool.random(using: &random) { daemon.killJob() }
      try await Task.sleep(for: .milliseconds(Int.random(in: 0...300, using: &random)))
      daemon.kill()
    }
    try daemon.start()
    try await daemon.wait(for: "the release") { daemon.exists("outbox/release-shapes-1/manifest-sha256.txt") }
    try await daemon.wait(for: "both jobs done") {
      let jobs = try await daemon.ask("jobs")["jobs"] as? [[String: Any]] ?? []
      return jobs.count == 2 && jobs.allSatisfy { $0["state"] as? String == "done" }
    }
    for file in ["data/shapes.tar.gz", "manifest-sha256.txt"] {
      let expected = FileManager.default.contents(atPath: "\(undisturbed)/\(file)")
      #expect(expected != nil && daemon.contents("outbox/release-shapes-1/\(file)") == expected, "\(file)")
    }
    for file in ["marks.jsonl", "opening.json", "verification.json", "generator.safetensors"] {
      let expected = FileManager.default.contents(atPath: source.file("vault/release-shapes-1/\(file)"))
      #expect(expected != nil && daemon.contents("vault/release-shapes-1/\(file)") == expected, "\(file)")
    }
    let visible = try FileManager.default.contentsOfDirectory(atPath: daemon.directory.file("outbox"))
      .filter { !$0.hasPrefix(".") }
    #expect(visible == ["release-shapes-1"])
    let left = try FileManager.default.contentsOfDirectory(atPath: daemon.directory.file("inbox"))
    #expect(left.isEmpty)
  }
}
