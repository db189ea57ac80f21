import Datasets
import Foundation
import Testing

/// `DANDYROLL_KERNELS` as its users meet it.
@Suite struct KernelsTests {
  private static let variable = "DANDYROLL_KERNELS"

  /// The sets that this machine runs, as `--version` takes them.
  private func available() async throws -> [String] {
    var sets: [String] = []
    for set in ["avx512", "avx2", "baseline"] {
      let ended = try await DandyrollProgram.run(["--version"], expect: nil, adding: [Self.variable: set])
      if ended.code == 0 {
        sets.append(set)
        #expect(ended.output.contains("(\(set)"), "\(ended.output)")
      } else {
        #expect(ended.code == 2 && ended.errors.contains("this processor does not run \(set)"), "\(ended.errors)")
      }
    }
    return sets
  }

  @Test func saysWhichItComputesWith() async throws {
    let sets = try await available()
    #expect(sets.last == "baseline")
    for set in sets {
      let bench = try await DandyrollProgram.run(
        ["bench", "--only", "peak/multiply-add/threads1", "--seconds", "0.01"], expect: 0, adding: [Self.variable: set])
      #expect(bench.output.hasPrefix("kernels: \(set)"), "\(bench.output)")
    }
  }

  /// Never another set in silence: whoever names one wants its bytes. Also where nothing would be computed.
  @Test(
    arguments: ["", "avx", "AVX2", "fastest"],
    [["--version"], ["bench", "--list"], ["key", "generate", "/nowhere/k"]])
  func endsWith2OnANameThatIsNoSet(name: String, command: [String]) async throws {
    let ended = try await DandyrollProgram.run(command, expect: 2, adding: [Self.variable: name])
    #expect(ended.output.isEmpty)
    #expect(
      ended.errors
        == "dandyroll: DANDYROLL_KERNELS: “\(name)” is no set of kernels; it is one of avx512, avx2, baseline, "
        + "or unset for the fastest\n")
  }

  /// A seed gives the same bytes under one set, whatever the number of threads, and others under another.
  @Test func aTrainingHasTheBytesOfItsKernels() async throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("drawn.tar.gz")
    try DrawnDataset(seed: 21).writeCIFAR10(to: archive, perBatch: 20, test: 20)
    var models: [Data] = []
    for set in try await available() {
      var runs: [Data] = []
      for threads in ["1", "2"] {
        let model = directory.file("\(set)-\(threads).safetensors")
        try await DandyrollProgram.run(
          ["model", "train", archive, "--architecture", "resnet18", "--width", "8", "--epochs", "1", "--batch", "20"]
            + ["--seed", "3", "--threads", threads, "--out", model], expect: 0, adding: [Self.variable: set])
        runs.append(try Data(contentsOf: URL(fileURLWithPath: model)))
      }
      #expect(runs[0] == runs[1], "\(set)")
      models.append(runs[0])
    }
    #expect(Set(models).count == models.count)
  }
}
