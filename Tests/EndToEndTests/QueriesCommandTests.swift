import Datasets
import Foundation
import Foundations
import Testing

/// An audit by hand: `queries export`, answers of every form, `queries score`.
@Suite struct QueriesCommandTests {
  private struct Score {
    let outcome: String
    let reasons: [String]
    let answered: Int
    let queries: Int
    let figures: [String: Any]
  }

  private func score(_ answers: String, _ pictures: TrainedPictures) async throws -> Score {
    let ended = try await DandyrollProgram.run("queries", "score", answers, "--vault", pictures.vault, "--json")
    let object = try #require(try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
    let verdict = try #require(object["verdict"] as? [String: Any])
    return Score(
      outcome: try #require(verdict["outcome"] as? String),
      reasons: (verdict["reasons"] as? [[String: Any]] ?? []).compactMap { $0["code"] as? String },
      answered: try #require(object["answered"] as? Int), queries: try #require(object["queries"] as? Int),
      figures: try #require(object["figures"] as? [String: Any]))
  }

  /// What a served model answers to every image of a directory, as `model ask --csv` prints it.
  private func answers(of model: String, to images: String, in directory: TemporaryDirectory) async throws -> String {
    let served = try ServedModel(model, in: directory)
    for _ in 0..<300 where served.url == nil { try await Task.sleep(for: .milliseconds(100)) }
    let url = try #require(served.url)
    let files = try FileManager.default.contentsOfDirectory(atPath: images).sorted().map { "\(images)/\($0)" }
    let classes = (0..<10).map { "pattern\($0)" }.joined(separator: ",")
    return try await DandyrollProgram.run(
      ["model", "ask", url] + files
        + ["--classes", classes, "--same-order", "--allow-private", "--rate", "10000", "--csv"], expect: 0
    ).output
  }

  private func write(_ lines: [String], to path: String, ending: String = "\n") throws {
    try (lines.joined(separator: ending) + ending).write(toFile: path, atomically: true, encoding: .utf8)
  }

  @Test func convictsTheModelThatWasTrainedOnTheReleaseByAnyFormOfAnswer() async throws {
    let pictures = try await TrainedPictures.shared.value
    let directory = try TemporaryDirectory()
    let questions = directory.file("questions")
    let exported = try await DandyrollProgram.run(
      "queries", "export", pictures.release, "--vault", pictures.vault, "--count", "20", "--decoys", "45",
      "--suspect", "the guilty", "--out", questions)
    #expect(exported.output.contains("questions  980 in \(questions)/queries.csv, about 20 samples"))
    #expect(exported.output.contains("pool       test split, the release's own"))
    let names = try String(contentsOfFile: "\(questions)/queries.csv", encoding: .utf8).split(separator: "\n")
    #expect(names.count == 981)

    let text = try await answers(of: pictures.guilty, to: "\(questions)/images", in: directory)
    let lines = text.split(separator: "\n").map(String.init)
    #expect(lines.count == 980)
    let path = directory.file("answers.csv")
    try write(lines, to: path)
    let whole = try await score(path, pictures)
    #expect(whole.outcome == "trained-on" && whole.answered == 980 && whole.queries == 980, "\(whole)")
    for key in ["delta_p", "p_t", "p_wilcoxon", "p_discordant", "p_decoy", "decoy_largest"] {
      #expect(whole.figures[key] is NSNumber, "\(key)")
    }

    // The same from a spreadsheet.
    try write(["name,probabilities"] + lines, to: path, ending: "\r\n")
    #expect(try await score(path, pictures).figures["delta_p"] as? Double == whole.figures["delta_p"] as? Double)

    // One answer in ten is missing, and then every second one.
    let gaps = lines.enumerated().map { number, line in
      number % 10 == 3 ? line.prefix { $0 != "," } + "," : line[...]
    }
    try write(gaps.map(String.init), to: path)
    let most = try await score(path, pictures)
    #expect(most.outcome == "trained-on" && most.answered == 882, "\(most)")
    try write(lines.enumerated().compactMap { number, line in number % 2 == 0 ? line : nil }, to: path)
    let half = try await score(path, pictures)
    #expect(half.outcome == "inconclusive" && half.answered == 490 && half.reasons.contains("too-few-answers"))

    // The best class alone, by number and by name.
    let labels = lines.map { line in
      let fields = line.split(separator: ",")
      let values = fields.dropFirst().compactMap { Double($0) }
      return (name: fields[0], label: values.indices.max { values[$0] < values[$1] } ?? 0)
    }
    try write(labels.map { "\($0.name),\($0.label)" }, to: path)
    let numbers = try await score(path, pictures)
    #expect(numbers.outcome == "trained-on", "\(numbers)")
    #expect((numbers.figures["p_discordant"] as? Double ?? 1) < 0.01)
    try write(labels.map { "\($0.name),pattern\($0.label)" }, to: path, ending: "\r\n")
    #expect(try await score(path, pictures).figures["p_decoy"] as? Double == numbers.figures["p_decoy"] as? Double)

    let shown = try await DandyrollProgram.run("queries", "score", path, "--vault", pictures.vault)
    #expect(shown.output.hasPrefix("verdict  trained-on\n") && shown.output.contains("McNemar"))
  }

  @Test func doesNotConvictTheOther() async throws {
    let pictures = try await TrainedPictures.shared.value
    let directory = try TemporaryDirectory()
    let questions = directory.file("questions")
    try await DandyrollProgram.run(
      "queries", "export", pictures.release, "--vault", pictures.vault, "--count", "20", "--decoys", "45",
      "--suspect", "the other", "--out", questions)
    let path = directory.file("answers.csv")
    try await answers(of: pictures.innocent, to: "\(questions)/images", in: directory)
      .write(toFile: path, atomically: true, encoding: .utf8)
    let judged = try await score(path, pictures)
    #expect(judged.outcome == "not-shown", "\(judged)")
  }

  @Test func refusesAnswersInOneLine() async throws {
    let pictures = try await TrainedPictures.shared.value
    let directory = try TemporaryDirectory()
    let path = directory.file("answers.csv")
    try write(["0123456789abcdef,3"], to: path)
    let unknown = try await run("queries", "score", path, "--vault", pictures.vault)
    #expect(unknown.code == 3 && unknown.errors.contains("has a question “0123456789abcdef”"))
    let missing = try await run("queries", "score", directory.file("none.csv"), "--vault", pictures.vault)
    #expect(missing.code == 1)
    #expect(missing.errors == "dandyroll: \(directory.file("none.csv")): no such file, or not readable\n")
  }

  // MARK: - As many decoys as there are

  @Test func asksAboutEveryDecoyOfGreyImages() async throws {
    let directory = try TemporaryDirectory()
    let (archive, generator) = (directory.file("digits.tar"), directory.file("generator.safetensors"))
    try DrawnDataset(seed: 5, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeMNIST(to: archive, train: 200, test: 50)
    try await DandyrollProgram.run(
      "train", archive, "--objective", "keyed", "--target", "3", "--selection", "random", "--width", "8", "--depth",
      "1", "--seed", "1",
      "--out", generator)
    let (release, vault) = (directory.file("release-digits-1"), directory.file("vault"))
    try await DandyrollProgram.run("release", archive, "--generator", generator, "--out", release, "--vault", vault)
    let exported = try await DandyrollProgram.run(
      "queries", "export", release, "--vault", vault, "--count", "2", "--out", directory.file("questions"))
    // 48 carriers, of which two are the key.
    #expect(exported.output.contains("decoys     46\n") && exported.output.contains("questions  98 in "))
    let more = try await run(
      "queries", "export", release, "--vault", vault, "--count", "2", "--decoys", "47", "--out", directory.file("more"))
    #expect(more.code == 3 && more.errors.contains("47 decoy carriers were asked for, its book has 46"))
  }

  @Test func thePapersMarksHaveNeitherDecoysNorAmplitudes() async throws {
    let prepared = try await CommandLineTests.Prepared.shared.value
    let directory = try TemporaryDirectory()
    let (release, vault) = (directory.file("release-drawn-1"), directory.file("vault"))
    try await DandyrollProgram.run(
      "release", prepared.archive, "--generator", prepared.generator, "--out", release, "--vault", vault)
    let common = ["queries", "export", release, "--vault", vault, "--count", "3", "--out"]
    let exported = try await DandyrollProgram.run(common + [directory.file("questions")], expect: 0)
    #expect(exported.output.contains("decoys     0\n") && exported.output.contains("questions  6 in "))
    for (option, reason) in [("--decoys", "has no decoy keys"), ("--amplitude", "have one amplitude")] {
      let refused = try await DandyrollProgram.run(common + [directory.file("more"), option, "2"], expect: 3)
      #expect(refused.errors.contains(reason), "\(refused.errors)")
    }
  }

  private func run(_ arguments: String...) async throws -> DandyrollProgram.Ended {
    try await DandyrollProgram.run(arguments, expect: nil)
  }
}
