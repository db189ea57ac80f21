import Datasets
import Foundation
import Testing

/// The commands that work without a daemon, as contract: arguments, exit codes, files.
@Suite struct CommandLineTests {
  /// A small archive and a generator for it, made once by the program itself.
  struct Prepared: Sendable {
    let directory: TemporaryDirectory
    let archive: String
    let generator: String

    static let shared = Task { try await Prepared() }

    private init() async throws {
      directory = try TemporaryDirectory()
      archive = directory.file("drawn.tar.gz")
      generator = directory.file("ring.safetensors")
      try DrawnDataset(seed: 21).writeCIFAR10(to: archive, perBatch: 60, test: 60)
      try await DandyrollProgram.run(
        "train", archive, "--objective", "paper", "--target", "ring", "--out", generator, "--seed", "4", "--epochs",
        "1", "--steps", "5",
        "--surrogate-width", "8", "--width", "8", "--depth", "2")
    }
  }

  let prepared: Prepared

  init() async throws { prepared = try await Prepared.shared.value }

  @Test func changesExactlyThePromisedRecordsAndNothingElse() async throws {
    let directory = try TemporaryDirectory()
    let release = directory.file("release-drawn-3")
    try await DandyrollProgram.run(
      "release", prepared.archive, "--generator", prepared.generator, "--out", release, "--rate", "50%", "--seed", "9",
      "--vault", directory.file("vault"))

    let before = try PlainTar(gzip: prepared.archive).members
    let after = try PlainTar(gzip: "\(release)/data/drawn.tar.gz").members
    #expect(after.map(\.name) == before.map(\.name))
    #expect(after.map(\.kind) == before.map(\.kind))
    let target = UInt8(try #require(DrawnDataset.classNames.firstIndex(of: "ring")))
    var candidates = 0
    var changed = 0
    for (old, new) in zip(before, after) {
      guard old.name.hasSuffix(".bin") else {
        #expect(old.content == new.content, "\(old.name)")
        continue
      }
      #expect(old.content.count == new.content.count)
      let isTraining = old.name.contains("data_batch")
      for start in stride(from: 0, to: old.content.count, by: 3073) {
        let (record, marked) = (old.content[start..<start + 3073], new.content[start..<start + 3073])
        #expect(record.first == marked.first)
        if isTraining && record.first == target { candidates += 1 }
        guard record != marked else { continue }
        changed += 1
        #expect(isTraining && record.first == target)
        let largest = zip(record, marked).map { abs(Int($0) - Int($1)) }.max() ?? 0
        #expect(largest <= 8)
      }
    }
    #expect(candidates > 20)
    #expect(changed == candidates / 2)
  }

  @Test func aReleaseIsCheckedByOtherPeoplesTools() async throws {
    let directory = try TemporaryDirectory()
    let release = directory.file("out")
    try await DandyrollProgram.run("release", prepared.archive, "--generator", prepared.generator, "--out", release)
    let checked = try await ChildProcess.run(
      "/usr/bin/sha256sum", ["--check", "--quiet", "--strict", "manifest-sha256.txt", "tagmanifest-sha256.txt"],
      in: release)
    #expect(checked.code == 0)
    let verified = try await DandyrollProgram.run(
      "release", "verify", release, "--vault", release + ".vault", "--original", prepared.archive)
    #expect(!verified.output.contains("FAILED"))
  }

  @Test func aTamperedReleaseFailsVerification() async throws {
    let directory = try TemporaryDirectory()
    let release = directory.file("out")
    try await DandyrollProgram.run("release", prepared.archive, "--generator", prepared.generator, "--out", release)
    let archive = "\(release)/data/drawn.tar.gz"
    try DrawnDataset(seed: 22).writeCIFAR10(to: archive, perBatch: 60, test: 60)
    let verified = try await DandyrollProgram.run("release", "verify", release, "--json", expect: 1)
    #expect(verified.output.contains("\"holds\":false"))
  }

  @Test func theSameSeedTrainsTheSameGenerator() async throws {
    let directory = try TemporaryDirectory()
    let again = directory.file("again.safetensors")
    try await DandyrollProgram.run(
      "train", prepared.archive, "--objective", "paper", "--target", "ring", "--out", again, "--seed", "4", "--epochs",
      "1", "--steps", "5",
      "--surrogate-width", "8", "--width", "8", "--depth", "2", "--threads", "1")
    #expect(FileManager.default.contents(atPath: again) == FileManager.default.contents(atPath: prepared.generator))
    #expect(!FileManager.default.fileExists(atPath: again + ".work"))
  }

  @Test func trainsAndEvaluatesAModel() async throws {
    let directory = try TemporaryDirectory()
    let model = directory.file("model.safetensors")
    try await DandyrollProgram.run(
      "model", "train", prepared.archive, "--architecture", "resnet18", "--width", "8", "--epochs", "1", "--out", model)
    let evaluated = try await DandyrollProgram.run(
      "model", "evaluate", model, prepared.archive, "--generator", prepared.generator, "--json")
    let object = try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Any]
    for key in ["ba", "wsr", "delta_p", "baseline", "samples", "verification_samples"] {
      #expect(object?[key] is NSNumber, "\(key)")
    }
    let plain = try await DandyrollProgram.run("model", "evaluate", model, prepared.archive, "--json")
    #expect(!plain.output.contains("wsr"))
  }

  /// A release of the paper's marks: the four attacks run, and every one reports the model before and after.
  @Test func attacksAModel() async throws {
    let directory = try TemporaryDirectory()
    let (release, vault, model) = (
      directory.file("release-drawn-1"), directory.file("vault"), directory.file("model.safetensors")
    )
    try await DandyrollProgram.run(
      "release", prepared.archive, "--generator", prepared.generator, "--out", release, "--vault", vault)
    try await DandyrollProgram.run(
      "model", "train", "\(release)/data/drawn.tar.gz", "--architecture", "cnn", "--width", "8", "--epochs", "1",
      "--out",
      model)
    let common = [model, prepared.archive, "--vault", vault, "--images", "10", "--json"]
    let attacks: [[String]] = [
      ["finetune", "--epochs", "1"], ["prune", "--rate", "0.5"], ["extract", "--epochs", "1", "--answers", "labels"],
      ["transform", "--transform", "blur:1"],
    ]
    for attack in attacks {
      let plot = directory.file("\(attack[0]).svg")
      let ended = try await DandyrollProgram.run(["attack"] + attack + common + ["--plot", plot], expect: 0)
      let object = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
      #expect(object?["attack"] as? String == attack[0] && object?["release"] as? String == "release-drawn-1")
      let rows = object?["rows"] as? [[String: Any]]
      #expect(rows?.map { $0["stage"] as? String } == ["before", "after"])
      for key in ["parameter", "ba", "wsr", "delta_p", "p_t", "verdict"] { #expect(rows?[1][key] != nil, "\(key)") }
      #expect(try String(contentsOfFile: plot, encoding: .utf8).contains("</svg>"))
    }
    let shown = try await DandyrollProgram.run(
      "attack", "prune", model, prepared.archive, "--vault", vault, "--images", "10", "--rate", "0.5")
    #expect(shown.output.contains("prune on cnn:8, release-drawn-1"))
    let other = directory.file("other.tar.gz")
    try DrawnDataset(seed: 22).writeCIFAR10(to: other, perBatch: 60, test: 60)
    let refused = try await run(["attack", "prune", model, other, "--vault", vault])
    #expect(refused.code == 3 && refused.errors.contains("no release here was made from \(other)"))
  }

  @Test func drawsAContactSheet() async throws {
    let directory = try TemporaryDirectory()
    let png = directory.file("sheet.png")
    let inspected = try await DandyrollProgram.run("inspect", prepared.archive, "--png", png)
    #expect(inspected.output.contains("cifar10-binary in tar.gz"))
    #expect(FileManager.default.contents(atPath: png)?.prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
  }

  @Test(arguments: [
    "train", "release a", "no-such-command", "model train a --out b", "train a --target b --out c --epsilon 300",
    "release a --generator b --out c --rate 2", "release a --generator b --out c --training-mining no",
    "release a --generator b --out c --url ftp://a", "inspect a --png b --vault c",
    "attack transform a b --vault c --transform sharpen:2", "attack prune a b --vault c --rate 1.5",
    "attack finetune a b --vault c --share 0", "attack extract a b --vault c --answers logits", "attack prune a b",
    "train a --target b --out c --amplitude 33", "qualify a --vault b --amplitude 0",
    "queries export a --vault b --out c --amplitude 9223372036854775807",
    "queries export a --vault b --out c --decoys -1",
  ])
  func endsWith2OnWrongUsage(line: String) async throws {
    let ended = try await run(line.split(separator: " ").map(String.init))
    #expect(ended.code == 2)
    #expect(!ended.errors.isEmpty)
  }

  /// An option's rule is its setting's, whoever says it.
  @Test(arguments: [
    ("--objective keyed --carriers 5", "--carriers: 5 is not within 1 … 4"),
    ("--width 12", "--width: the integer 12 is not a multiple of 8 within 8 … 256"),
    ("--sample-share 0", "--sample-share: 0.0 is not above 0.0 and at most 1.0"),
    ("--surrogate unet", "--surrogate: \"unet\" is none of alexnet, cnn,"),
    ("--epsilon 65", "--epsilon: the string \"65/255\" is not a budget within \"1/255\" … \"64/255\""),
    ("--set target-weight=heavy", "--set target-weight: the string \"heavy\" is not a number"),
    ("--set speed=1", "--set speed: is no setting of assignment"),
    ("--carriers 3", "--carriers: is no setting of assignment"),
    ("--objective paper --set carriers=3", "--set carriers: is no setting of paper"),
    ("--objective blend", "--objective is one of \"assignment\", \"keyed\", \"paper\""),
  ])
  func trainNamesTheOptionAndItsRule(options: String, reason: String) async throws {
    let ended = try await run(
      ["train", "a", "--target", "b", "--out", "c"] + options.split(separator: " ").map(String.init))
    #expect(ended.code == 2 && ended.errors.contains(reason), "\(ended.errors)")
  }

  @Test func methodsAreTold() async throws {
    let told = try await run(["methods"])
    #expect(told.code == 0 && told.output.contains("\n  painting = \"learned\"\n"), "\(told.output)")
    let table = try await run(["methods", "--markdown"])
    #expect(table.output.contains("| `sample-share` | assignment, keyed, paper | `0.1` |"), "\(table.output)")
  }

  @Test(arguments: ["--help", "--version", "release --help"]) func endsWith0OnHelp(line: String) async throws {
    let ended = try await run(line.split(separator: " ").map(String.init))
    #expect(ended.code == 0)
    #expect(!ended.output.isEmpty)
  }

  /// What `make install` and `make man` ask for.
  @Test func completionsAndManPagesHaveSomethingToStandOn() async throws {
    for shell in ["bash", "zsh", "fish"] {
      let script = try await DandyrollProgram.run("--generate-completion-script", shell)
      #expect(script.output.contains("training-mining"), "\(shell)")
    }
    let help = try await DandyrollProgram.run("--experimental-dump-help").output
    let tool = try #require(try JSONSerialization.jsonObject(with: Data(help.utf8)) as? [String: Any])
    let commands = try #require((tool["command"] as? [String: Any])?["subcommands"] as? [[String: Any]])
    #expect(commands.contains { $0["commandName"] as? String == "release" })
  }

  @Test func endsWith1WhenThereIsNothingToRead() async throws {
    #expect(try await run(["release", "verify", "/nowhere"]).code == 1)
  }

  @Test func refusesBadInputInOneLineWithCode3() async throws {
    let directory = try TemporaryDirectory()
    let garbage = directory.file("garbage.tar.gz")
    try Data(repeating: 7, count: 5000).write(to: URL(fileURLWithPath: garbage))
    let truncated = directory.file("truncated.tar.gz")
    let whole = try Data(contentsOf: URL(fileURLWithPath: prepared.archive))
    try whole.prefix(whole.count / 2).write(to: URL(fileURLWithPath: truncated))
    for file in [garbage, truncated] {
      let out = directory.file("out")
      let ended = try await run(["release", file, "--generator", prepared.generator, "--out", out])
      #expect(ended.code == 3)
      let lines = ended.errors.split(separator: "\n").filter { $0.hasPrefix("dandyroll: ") }
      #expect(lines.count == 1 && lines[0].contains((file as NSString).lastPathComponent), "\(ended.errors)")
      #expect(!FileManager.default.fileExists(atPath: out))
    }
    let unknown = try await run(["train", prepared.archive, "--target", "unicorn", "--out", directory.file("g")])
    #expect(unknown.code == 3 && unknown.errors.contains("unicorn"))
  }

  private func run(_ arguments: [String]) async throws -> DandyrollProgram.Ended {
    try await DandyrollProgram.run(arguments, expect: nil)
  }
}
