import Foundation
import Testing

/// Nothing is played here: two networks are trained, one on a release and one on the clean archive, served by our own model
/// server, registered as suspects, and judged by what the one has learned.
@Suite struct TrainedSuspectTests {
  /// What makes a mark that is learned in seconds: stronger than one that should not be seen, and on the whole class.
  private static let defaults = """
    target = "pattern3"
    objective = "keyed"
    selection = "random"
    rate = "100% of class"
    epsilon = "32/255"
    seed = 7
    carriers = 3
    generator-width = 8
    generator-depth = 1
    [[dataset]]
    name = "digits"
    match = "digits*"
    target = "3"
    epsilon = "64/255"
    """

  /// The archives and, of each, the questions about decoys: a grey book has fewer carriers than one of colours.
  private static let archives: [(file: String, layout: DrawnPictures.Layout, decoys: Int)] = [
    ("shapes.tar", .cifar10, 45), ("digits.tar", .mnist, 45), ("photos.tar", .jpegFolder, 45),
  ]

  @Test func theModelThatWasTrainedOnTheReleaseIsConvictedAndTheOtherIsNot() async throws {
    let directory = try TemporaryDirectory()
    try await DandyrollProgram.run("key", "generate", directory.file("owner"))
    let daemon = try TestDaemon(
      defaults: Self.defaults, service: "signing-key = \"\(directory.file("owner.key"))\"")
    try KnownVault.make(at: daemon.directory.file("vault"))
    try daemon.start()
    var suspects: [(name: String, outcome: String, model: ServedModel, lines: String)] = []
    for (file, layout, decoys) in Self.archives {
      let archive = directory.file(file)
      try await DrawnPictures.write(to: archive, layout: layout)
      try daemon.drop(archive)
      let dataset = String(file.prefix { $0 != "." })
      let release = "outbox/release-\(dataset)-1"
      try await daemon.wait(for: release) { daemon.exists("\(release)/manifest-sha256.txt") }
      for (kind, outcome, source) in [
        ("malicious", "trained-on", daemon.directory.file("\(release)/data/\(file)")),
        ("innocent", "not-shown", archive),
      ] {
        let name = "\(kind)-\(dataset)"
        let model = directory.file("\(name).safetensors")
        try await DandyrollProgram.run(
          "model", "train", source, "--architecture", "resnet18", "--width", "8", "--epochs", "8", "--batch", "32",
          "--seed", "7", "--threads", "2", "--out", model)
        let lines = """
          dataset = "\(dataset)"
          protocol = "v2"
          allow-private = true
          queries = { decoys = \(decoys) }
          """
        suspects.append((name, outcome, try ServedModel(model, in: directory), lines))
      }
    }
    try await daemon.wait(for: "the models") { suspects.allSatisfy { $0.model.url != nil } }
    let tables = suspects.map {
      "[[suspect]]\nname = \"\($0.name)\"\nurl = \"\($0.model.url ?? "")\"\n\($0.lines)\n"
    }
    try daemon.reload(
      adding: """

        [audits]
        spread = "0s"
        alpha = 0.06
        claims = 6
        schedule = "* * * * *"
        queries = { per-audit = 1000, per-day = 10000, rate = 10000, in-flight = 4, images = 20, looks = 1 }
        \(tables.joined(separator: "\n"))
        """)

    for (name, outcome, _, _) in suspects {
      try await daemon.wait(for: "\(name)'s verdict") {
        try await daemon.newestAudit(of: name)?["isComplete"] as? Bool == true
      }
      let result = try #require(try await daemon.newestAudit(of: name))
      #expect(result["outcome"] as? String == outcome, "\(result)")
      let package = try #require(result["package"] as? String)
      try await DandyrollProgram.run("evidence", "verify", package, "--owner-key", directory.file("owner.pub"))
      let third = try await VerifyScript.run(package)
      #expect(third.code == 0 && third.output["holds"] as? Bool == true, "\(third.output)")
      #expect(third.output["outcome"] as? String == outcome)
    }
    #expect(daemon.stop() == 0)
  }
}
