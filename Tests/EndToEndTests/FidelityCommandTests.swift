import Datasets
import Foundation
import Testing

/// `model watermark`, `model verify-watermark`, `fidelity` and `reproduce fidelity` as contract: arguments, exit codes, what
/// is printed.
@Suite struct FidelityCommandTests {
  /// A host, a marked copy of it and the vault, made once by the program itself.
  struct Marked: Sendable {
    let directory: TemporaryDirectory
    let archive: String
    let host: String
    let model: String
    let vault: String
    let printed: String

    static let shared = Task { try await Marked() }

    private init() async throws {
      directory = try TemporaryDirectory()
      (archive, vault) = (directory.file("drawn.tar.gz"), directory.file("vault"))
      (host, model) = (directory.file("host.safetensors"), directory.file("marked.safetensors"))
      try DrawnDataset(seed: 5).writeCIFAR10(to: archive, perBatch: 60, test: 60)
      try await DandyrollProgram.run(
        "model", "train", archive, "--architecture", "cnn", "--width", "8", "--epochs", "1", "--out", host)
      // Noise is learned by heart in a few hundred steps.
      printed = try await DandyrollProgram.run(
        "model", "watermark", host, archive, "--loss", "ce", "--fix-last-layer", "--fine-tune", "--triggers", "16",
        "--triggers-per-batch", "8", "--epochs", "40", "--rate", "0.002", "--out", model, "--vault", vault
      ).output
    }
  }

  private let marked: Marked

  init() async throws { marked = try await Marked.shared.value }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  @Test func tellsWhatEmbeddingCost() async throws {
    #expect(
      marked.printed.hasPrefix("model       \(marked.model)\nwatermark   marked in \(marked.vault), 16 triggers\n"))
    for word in ["commitment  ", "accuracy  triggers  TWL", "host ", "before ", "after "] {
      #expect(marked.printed.contains(word), "\(marked.printed)")
    }
    let told = try await DandyrollProgram.run("fidelity", marked.host, marked.model, marked.archive, "--json")
    let figures = try object(told.output)
    #expect(figures["images"] as? Int == 60)
    #expect(((figures["model"] as? [String: Any])?["twl"] as? Double ?? 0) > 0)
  }

  @Test func judgesModelsAtHandAndServed() async throws {
    let told = try await DandyrollProgram.run("model", "verify-watermark", marked.model, "--vault", marked.vault)
    #expect(told.output.contains("verdict    trained-on\n") && told.output.contains("of 16 triggers"), "\(told.output)")
    let host = try await DandyrollProgram.run(
      "model", "verify-watermark", marked.host, "--vault", marked.vault, "--watermark", "marked", "--json")
    #expect((try object(host.output)["verdict"] as? [String: Any])?["outcome"] as? String == "not-shown")

    let directory = try TemporaryDirectory()
    let served = try ServedModel(marked.model, in: directory)
    var url: String?
    for _ in 0..<200 where url == nil {
      try await Task.sleep(for: .milliseconds(50))
      url = served.url
    }
    let suspects = directory.file("suspects.toml")
    try """
    [[suspect]]
    name = "acme"
    dataset = "drawn"
    protocol = "v2"
    url = "\(try #require(url))"
    allow-private = true
    queries = { rate = "100/s" }
    """.write(toFile: suspects, atomically: true, encoding: .utf8)
    let asked = try await DandyrollProgram.run(
      "model", "verify-watermark", "--suspect", suspects, "--vault", marked.vault, "--json")
    let report = try object(asked.output)
    #expect(report["suspect"] as? String == "acme" && report["answered"] as? Int == 16)
    #expect((report["verdict"] as? [String: Any])?["outcome"] as? String == "trained-on")
    let other = try await DandyrollProgram.run(
      "model", "verify-watermark", "--suspect", suspects, "--suspect-name", "else", "--vault", marked.vault, expect: 3)
    #expect(other.errors == "dandyroll: \(suspects): no suspect “else”; there are acme\n")
  }

  @Test func refusesInOneLine() async throws {
    let directory = try TemporaryDirectory()
    let vault = directory.file("vault")
    let cases = [
      ["fidelity", marked.archive, marked.model, marked.archive],
      ["model", "watermark", marked.host, marked.archive, "--triggers", "1", "--out", "x", "--vault", vault],
      ["model", "verify-watermark", marked.model, "--vault", vault],
    ]
    for arguments in cases {
      let ended = try await DandyrollProgram.run(arguments, expect: 3)
      let said = ended.errors.split(separator: "\n").filter { !$0.hasPrefix("{") }
      #expect(said.count == 1 && said[0].hasPrefix("dandyroll: "), "\(ended.errors)")
    }
    #expect(!FileManager.default.fileExists(atPath: vault))
    for arguments in [
      ["model", "verify-watermark", "--vault", vault], ["model", "watermark", "h", "a", "--vault", vault],
      ["model", "watermark", "h", "a", "--loss", "mse", "--out", "x", "--vault", vault],
      ["model", "watermark", "h", "a", "--out", "A model", "--vault", vault], ["reproduce", "fidelity"],
    ] {
      try await DandyrollProgram.run(arguments, expect: 2)
    }
  }

  @Test func reproducesOnlyOnThePapersData() async throws {
    let directory = try TemporaryDirectory()
    let ended = try await DandyrollProgram.run(
      "reproduce", "fidelity", "--dataset", "cifar100", "--data", marked.archive, "--out", directory.file("out"),
      expect: 3)
    #expect(ended.errors.contains("not the CIFAR-100 that is known here"))
  }
}
