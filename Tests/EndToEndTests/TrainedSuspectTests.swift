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
    """

  @Test func theModelThatWasTrainedOnTheReleaseIsConvictedAndTheOtherIsNot() async throws {
    let directory = try TemporaryDirectory()
    try await DandyrollProgram.run("key", "generate", directory.file("owner"))
    let archive = directory.file("shapes.tar")
    try await DrawnPictures.write(to: archive)
    let daemon = try TestDaemon(
      defaults: Self.defaults, service: "signing-key = \"\(directory.file("owner.key"))\"")
    try daemon.start()
    try daemon.drop(archive)
    let release = "outbox/release-shapes-1"
    try await daemon.wait(for: "the release") { daemon.exists("\(release)/manifest-sha256.txt") }

    var models: [ServedModel] = []
    for (name, source) in [("malicious", daemon.directory.file("\(release)/data/shapes.tar")), ("innocent", archive)] {
      let file = directory.file("\(name).safetensors")
      try await DandyrollProgram.run(
        "model", "train", source, "--architecture", "resnet18", "--width", "8", "--epochs", "8", "--batch", "32",
        "--seed", "7", "--threads", "2", "--out", file)
      models.append(try ServedModel(file, in: directory))
    }
    try await daemon.wait(for: "the models") { models.allSatisfy { $0.url != nil } }
    let suspects = zip(["malicious", "innocent"], models).map { name, model in
      """
      [[suspect]]
      name = "\(name)"
      dataset = "shapes"
      protocol = "v2"
      url = "\(model.url ?? "")"
      allow-private = true

      """
    }
    try daemon.reload(
      adding: """

        [audits]
        spread = "0s"
        claims = 1
        schedule = "* * * * *"
        queries = { per-audit = 1000, per-day = 10000, rate = 10000, in-flight = 4, images = 20, looks = 1, decoys = 45 }
        \(suspects.joined())
        """)

    for (name, outcome) in [("malicious", "trained-on"), ("innocent", "not-shown")] {
      try await daemon.wait(for: "\(name)'s verdict", seconds: 180) {
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
