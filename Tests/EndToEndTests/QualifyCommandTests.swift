import Foundation
import Testing

/// `qualify`, `model evaluate --vault` and `reproduce` as contract: exit codes, and what is told before anything is
/// trained.
@Suite struct QualifyCommandTests {
  /// Of every kind one model that learns the pictures and their mark in seconds.
  private static let small = [
    "--learner", "resnet18:8", "--seeds", "1", "--epochs", "20", "--images", "40", "--no-augment", "--json",
    "--largest-ba-drop", "1",
  ]

  private func report(_ ended: DandyrollProgram.Ended) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
  }

  private func seed(_ report: [String: Any]) -> UInt64? {
    ((report["settings"] as? [String: Any])?["seed"] as? NSNumber)?.uint64Value
  }

  @Test func endsWith0WhenTheReleasePassesAndWith1WhenItIsHeld() async throws {
    let pictures = try await TrainedPictures.shared.value
    let directory = try TemporaryDirectory()
    let common =
      ["qualify", pictures.release, "--vault", pictures.vault, "--original", pictures.archive, "--work"]
      + [directory.file("work")] + Self.small
    let page = directory.file("report.html")
    let passed = try await DandyrollProgram.run(common + ["--seed", "3", "--report", page], expect: 0)
    let first = try report(passed)
    #expect(first["outcome"] as? String == "passed" && (first["reasons"] as? [String]) == [], "\(passed.output)")
    #expect((first["rows"] as? [[String: Any]])?.count == 6)
    #expect(try String(contentsOfFile: page, encoding: .utf8).contains("Passed"))
    #expect(!passed.errors.contains("will be inconclusive"))

    // The seed and the models are kept: nothing is trained for another gate, and nothing has another figure.
    let held = try await DandyrollProgram.run(common + ["--least-delta-p", "1"], expect: 1)
    let second = try report(held)
    #expect(second["outcome"] as? String == "held" && !held.errors.contains("\"steps\""))
    #expect((second["reasons"] as? [String])?.first?.contains("ΔP is down to") == true)
    #expect(seed(first) == 3 && seed(second) == 3)
    let gains = try [first, second].map { report in
      try #require(report["rows"] as? [[String: Any]]).map { $0["delta_p"] as? Double }
    }
    #expect(gains[0] == gains[1])
  }

  @Test func saysBeforeTrainingWhatWillKeepItFromAVerdict() async throws {
    let pictures = try await TrainedPictures.shared.value
    let directory = try TemporaryDirectory()
    let ended = try await DandyrollProgram.run(
      "qualify", pictures.release, "--vault", pictures.vault, "--learner", "cnn:8", "--seeds", "1", "--epochs", "1",
      "--samples", "200", "--images", "10", "--work", directory.file("work"), expect: 1)
    #expect(
      ended.errors.hasPrefix(
        "dandyroll: the outcome will be inconclusive, no model of ind-w will be trained; ind-w needs --original\n"))
    #expect(ended.output.hasPrefix("outcome  inconclusive\n"))
    // Drawn, and kept for the next time.
    let kept = try Data(contentsOf: URL(fileURLWithPath: directory.file("work/seed.json")))
    #expect((try JSONSerialization.jsonObject(with: kept) as? [String: Any])?["seed"] is NSNumber)
  }

  @Test func takesTheLargestSeed() async throws {
    let pictures = try await TrainedPictures.shared.value
    let ended = try await DandyrollProgram.run(
      "qualify", pictures.release, "--vault", pictures.vault, "--learner", "cnn:8", "--seeds", "2", "--epochs", "1",
      "--samples", "200", "--images", "10", "--seed", "\(UInt64.max)", "--json", expect: 1)
    #expect(seed(try report(ended)) == .max)
  }

  @Test func tellsAWrongLearnerBeforeTheFirstIsTrained() async throws {
    let pictures = try await TrainedPictures.shared.value
    for (learner, reason) in [("resnet81:8", "no such classifier"), ("densenet121:9", "not a multiple of 2")] {
      let ended = try await DandyrollProgram.run(
        "qualify", pictures.release, "--vault", pictures.vault, "--learner", "cnn:8", "--learner", learner, expect: 3)
      #expect(ended.errors.contains(reason) && !ended.errors.contains("\"steps\""), "\(ended.errors.suffix(500))")
    }
  }

  @Test func tellsBeforeTheWorkThatItsResultCannotBeWritten() async throws {
    let pictures = try await TrainedPictures.shared.value
    let nowhere = pictures.directory.file("nowhere")
    let commands = [
      ["qualify", pictures.release, "--vault", pictures.vault, "--report", "\(nowhere)/report.html"],
      ["model", "train", pictures.archive, "--architecture", "cnn", "--out", "\(nowhere)/model.safetensors"],
      ["attack", "prune", pictures.guilty, pictures.archive, "--vault", pictures.vault]
        + ["--plot", "\(nowhere)/plot.svg"],
    ]
    for command in commands {
      let ended = try await DandyrollProgram.run(command, expect: 1)
      #expect(ended.errors == "dandyroll: \(command.last ?? ""): cannot write here: No such file or directory\n")
    }
  }

  // MARK: - One model

  @Test func evaluatesAModelAgainstTheVault() async throws {
    let pictures = try await TrainedPictures.shared.value
    for (model, outcome) in [(pictures.guilty, "trained-on"), (pictures.innocent, "not-shown")] {
      let ended = try await DandyrollProgram.run(
        "model", "evaluate", model, pictures.archive, "--vault", pictures.vault, "--json")
      let figures = try report(ended)
      #expect(figures["outcome"] as? String == outcome, "\(ended.output)")
      #expect(figures["keys"] as? Int == 43680)
      for key in ["ba", "wsr", "delta_p", "baseline", "p_decoy"] { #expect(figures[key] is NSNumber, "\(key)") }
    }
    let shown = try await DandyrollProgram.run(
      "model", "evaluate", pictures.guilty, pictures.archive, "--vault", pictures.vault, "--release",
      "release-shapes-1")
    #expect(shown.output.contains("the key's rank among 43680") && shown.output.contains("trained-on"))
    // The release's own archive is not what it was made from.
    let other = try await DandyrollProgram.run(
      "model", "evaluate", pictures.guilty, "\(pictures.release)/data/shapes.tar", "--vault", pictures.vault, expect: 3)
    #expect(other.errors.contains("no release here was made from"))
  }

  // MARK: - Images that cannot be asked about

  @Test func namesTheImageThatCannotBeRead() async throws {
    let directory = try TemporaryDirectory()
    let (broken, missing) = (directory.file("broken.png"), directory.file("missing.png"))
    try Data([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0]).write(to: URL(fileURLWithPath: broken))
    for (image, code, reason) in [
      (broken, 3, "malformed: the image ends too early"), (missing, 1, "no such file, or not readable"),
    ] {
      let ended = try await DandyrollProgram.run(
        "model", "ask", "http://127.0.0.1:9/v2/models/m", image, "--classes", "a,b", "--allow-private",
        expect: Int32(code))
      #expect(ended.errors == "dandyroll: \(image): \(reason)\n")
    }
  }

  // MARK: - Reproductions

  @Test func reproducesATableOnWhateverDataItIsGiven() async throws {
    let pictures = try await TrainedPictures.shared.value
    let directory = try TemporaryDirectory()
    let command = [
      "reproduce", "table2", "--dataset", "cifar10", "--data", pictures.archive, "--any-data", "--objective", "keyed",
      "--out", directory.file("out"),
    ]
    let measured = try await DandyrollProgram.run(command + ["--json"], expect: 0)
    let report = try JSONSerialization.jsonObject(with: Data(measured.output.utf8)) as? [String: Any]
    #expect(report?["table"] as? String == "table2" && (report?["gaps"] as? [Any])?.count == 1)
    let rows = report?["rows"] as? [[String: Any]] ?? []
    #expect(rows.map { $0["scenario"] as? String } == ["ind-w", "ind-m", "malicious"])
    #expect(rows.map { ($0["paper"] as? [String: Any])?["delta_p"] as? Double } == [-0.0382, -0.0416, 0.9640])
    #expect(try String(contentsOfFile: directory.file("out/table2.svg"), encoding: .utf8).contains("</svg>"))
    // The second time everything is there.
    let shown = try await DandyrollProgram.run(command, expect: 0)
    #expect(shown.output.hasPrefix("Table II: ownership verification, CIFAR-10, scale small\n"))
    #expect(shown.output.contains("figure    \(directory.file("out/table2.svg"))\n"))
  }

  @Test func refusesToReproduceOnOtherData() async throws {
    let pictures = try await TrainedPictures.shared.value
    let directory = try TemporaryDirectory()
    let drawn = try await DandyrollProgram.run(
      "reproduce", "table1", "--dataset", "cifar10", "--data", pictures.archive, "--out", directory.file("out"),
      expect: 3)
    // Its digest is taken first, which says how far it is.
    let said = drawn.errors.split(separator: "\n").filter { !$0.hasPrefix("{") }
    #expect(
      said.count == 1 && said[0].hasPrefix("dandyroll: \(pictures.archive): not the CIFAR-10 that is known here: "))
    let none = try await DandyrollProgram.run(
      "reproduce", "table2", "--dataset", "mnist", "--data", directory.path, "--out", directory.file("out"), expect: 3)
    #expect(
      none.errors.contains("train-images-idx3-ubyte.gz is missing; expected: train-images-idx3-ubyte.gz, 9912422"))
    #expect(none.errors.split(separator: "\n").count == 1)
  }
}
