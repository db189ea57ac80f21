import Evidence
import Foundation
import Testing

/// From a configuration file to evidence that stands up.
@Suite(.serialized) struct AuditTests {
  @Test func twoSuspectsOnOneScheduleGetTheirVerdictsThroughKillsAndTheEvidenceHolds() async throws {
    let directory = try TemporaryDirectory()
    try await DandyrollProgram.run("key", "generate", directory.file("owner"))
    let daemon = try TestDaemon(defaults: "", service: "signing-key = \"\(directory.file("owner.key"))\"")
    let release = daemon.directory.file("outbox/release-shapes-1")
    let vault = daemon.directory.file("vault")
    let models = [
      PlayedModel(name: "malicious", release: release, vault: vault, target: PlayedModel.guilty),
      PlayedModel(name: "innocent", release: release, vault: vault, target: PlayedModel.innocent),
    ]
    try await withThrowingTaskGroup(of: Void.self) { group in
      for model in models { group.addTask { try await model.run() } }
      try await daemon.wait(for: "the models") { models.allSatisfy { $0.port != nil } }
      let settings = """

        \(DaemonTests.defaults.replacingOccurrences(of: "\"paper\"", with: "\"keyed\""))
        carriers = 3
        [audits]
        spread = "0s"
        alpha = 0.02
        claims = 2
        schedule = "* * * * *"
        queries = { per-audit = 100000, per-day = 100000, rate = 10000, in-flight = 4, decoys = 45 }
        [alerts]
        command = ["/bin/sh", "-c", "cat >> \(directory.file("alerts"))"]
        \(models.map { $0.table(dataset: "shapes") }.joined(separator: "\n"))
        """
      try daemon.reload(adding: settings)
      try daemon.start()
      let source = try TemporaryDirectory()
      try daemon.drop(DaemonTests.archive(in: source))
      try await daemon.wait(for: "the release") { daemon.exists("outbox/release-shapes-1/manifest-sha256.txt") }
      #expect(daemon.exists("outbox/release-shapes-1/release.json.minisig"))

      // Killed in the middle of both audits, the daemon and then only its jobs in turn, while the suspects have questions
      // that they have not answered.
      var held = [0, 0]
      for kill in 1...4 {
        try await daemon.wait(for: "questions under way after \(kill - 1) kills") {
          for model in models where model.requests > kill * 250 { model.hold() }
          return models.allSatisfy { $0.held > 0 }
        }
        let jobs = daemon.jobs
        #expect(jobs.count == 2)
        if kill.isMultiple(of: 2) { daemon.killJob() } else { daemon.kill() }
        try await daemon.wait(for: "the end of the jobs") { !jobs.contains(where: TestDaemon.isAlive) }
        held = zip(held, models).map { $0 + $1.held }
        for model in models { model.letGo() }
        if !kill.isMultiple(of: 2) { try daemon.start() }
      }
      for (name, outcome) in [("malicious", "trained-on"), ("innocent", "not-shown")] {
        try await daemon.wait(for: "\(name)'s verdict") {
          try await daemon.newestAudit(of: name)?["isComplete"] as? Bool == true
        }
        let result = try #require(try await daemon.newestAudit(of: name))
        #expect(result["outcome"] as? String == outcome, "\(result["reasons"] ?? "")")
        // Three rounds of 10 images, clean and under 48 carriers. What was under way at a kill is asked and unanswered,
        // at most four a kill, and whatever the suspect had and did not answer is among it.
        let lost = name == "malicious" ? held[0] : held[1]
        let answered = try #require(result["seriesAnswered"] as? Int)
        #expect(result["seriesAsked"] as? Int == 1470)
        #expect(answered >= 1470 - 16 && answered <= 1470 - lost)
        // Nothing that was answered is missing, and nothing that was asked has been asked again.
        let seen = try #require(name == "malicious" ? models.first : models.last).seen
        #expect(seen.values.allSatisfy { $0 == 1 } && seen.count >= answered && seen.count <= 1470)
        let package = try #require(result["package"] as? String)
        try await DandyrollProgram.run("evidence", "verify", package, "--owner-key", directory.file("owner.pub"))
        let third = try await VerifyScript.run(package)
        #expect(third.code == 0 && third.output["holds"] as? Bool == true, "\(third.output)")
        #expect(third.output["outcome"] as? String == outcome)
      }
      try await daemon.wait(for: "the alert") {
        FileManager.default.fileExists(atPath: directory.file("alerts"))
      }
      #expect(daemon.stop() == 0)
      let alerts = try String(contentsOfFile: directory.file("alerts"), encoding: .utf8).split(separator: "\n")
      #expect(alerts.count == 1)
      #expect(alerts.first?.contains("\"id\":\"evidence malicious release-shapes-1\"") == true)
      group.cancelAll()
      while let ended = await group.nextResult() { _ = ended }
    }
  }
}
