import Foundation
import Testing

/// What earlier versions left is as good as it was: releases verify, packages hold, the daemon goes on from their state.
@Suite struct EarlierVersionTests {
  private static let releases = ["release-waves-1", "release-waves-2"]

  /// The state directory of 0.1.0, unpacked.
  private func unpack(to directory: String) async throws {
    let ended = try await PythonScript(path: "Tests/EndToEndTests/EarlierVersions/unpack.py").run(directory)
    #expect(ended.code == 0)
  }

  private func original(in directory: String) throws -> String {
    let originals = "\(directory)/originals/waves"
    return "\(originals)/\(try #require(try FileManager.default.contentsOfDirectory(atPath: originals).first))"
  }

  @Test func itsReleasesVerify() async throws {
    let state = try TemporaryDirectory()
    try await unpack(to: state.path)
    let original = try original(in: state.path)
    for (name, marked) in zip(Self.releases, [40, 20]) {
      let ended = try await DandyrollProgram.run(
        "release", "verify", state.file("outbox/\(name)"), "--vault", state.file("vault"), "--original", original)
      let lines = ended.output.split(separator: "\n")
      #expect(lines.count { $0.hasPrefix("ok ") } == 14 && lines.count == 15, "\(ended.output)")
      #expect(ended.output.contains("every committed sample changed, and no other: \(marked) of \(marked)"))
    }
  }

  @Test func itsEvidenceHolds() async throws {
    let state = try TemporaryDirectory()
    try await unpack(to: state.path)
    let package = state.file("vault/release-waves-1/audits/guilty/1/evidence-look-1.tar")
    let ended = try await DandyrollProgram.run("evidence", "verify", package, "--owner-key", state.file("owner.pub"))
    #expect(ended.output.contains("\nverdict  trained-on: guilty, release-waves-1\n"), "\(ended.output)")
    let third = try await VerifyScript.run(package)
    #expect(third.code == 0 && third.output["holds"] as? Bool == true, "\(third.output)")
    #expect(third.output["outcome"] as? String == "trained-on")
  }

  /// The figures of models that learned nothing mean nothing; that each is judged is what is wanted.
  @Test func itsReleaseIsQualified() async throws {
    let state = try TemporaryDirectory()
    try await unpack(to: state.path)
    let ended = try await DandyrollProgram.run(
      "qualify", state.file("outbox/release-waves-1"), "--vault", state.file("vault"), "--original",
      try original(in: state.path), "--learner", "cnn:8", "--seeds", "1", "--epochs", "1", "--images", "10", "--seed",
      "3", "--json", expect: 1)
    let report = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
    #expect(report["outcome"] as? String == "inconclusive" && (report["rows"] as? [Any])?.count == 6, "\(ended.output)")
  }

  @Test func theDaemonTakesItsStateUpAndAuditsItsRelease() async throws {
    let daemon = try TestDaemon(defaults: "")
    try await unpack(to: daemon.directory.path)
    let model = PlayedModel(
      name: "another", release: daemon.directory.file("outbox/release-waves-1"),
      vault: daemon.directory.file("vault"), image: [1, 16, 16], target: PlayedModel.guilty)
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await model.run() }
      try await daemon.wait(for: "the model") { model.port != nil }
      try daemon.reload(
        adding: """

          [audits]
          spread = "0s"
          schedule = "* * * * *"
          queries = { per-audit = 1000, per-day = 10000, rate = 10000, images = 10, looks = 1, decoys = 44 }
          \(model.table(dataset: "waves"))
          """)
      try daemon.start()
      try await daemon.wait(for: "the daemon") { daemon.exists("control.sock") }
      try await daemon.wait(for: "a verdict") {
        try await daemon.newestAudit(of: "another")?["isComplete"] as? Bool == true
      }
      let result = try #require(try await daemon.newestAudit(of: "another"))
      #expect(result["outcome"] as? String == "trained-on", "\(result)")
      #expect(result["release"] as? String == "release-waves-1")
      // It was convicted before there was this daemon, and what α that took stays taken.
      let earlier = try #require(try await daemon.newestAudit(of: "guilty"))
      #expect(earlier["outcome"] as? String == "trained-on")
      #expect(try #require(result["level"] as? Double) < #require(earlier["level"] as? Double))
      #expect(daemon.stop() == 0)
      group.cancelAll()
    }
  }
}
