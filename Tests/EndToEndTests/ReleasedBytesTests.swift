import Datasets
import Foundation
import Foundations
import Testing

/// The same archive, seed, settings and kernels give the bytes that version 0.1.0 gave.
@Suite struct ReleasedBytesTests {
  /// What is trained and released, and the first eight digits of the SHA-256 of generator, released archive and root.
  struct Golden: CustomTestStringConvertible {
    var kernels: String
    var settings: [String]
    var digests: [String]

    var testDescription: String { "\(kernels) \(settings.joined(separator: " "))" }
  }

  private static let paper = ["--objective", "paper"]
  private static let full = ["--objective", "keyed"]
  private static let learned = ["--objective", "keyed", "--painting", "learned", "--selection", "random"]

  private static let goldens = [
    Golden(kernels: "avx512", settings: paper, digests: ["c7df16f4", "ce4b77ee", "4a290ca5"]),
    Golden(kernels: "avx512", settings: full, digests: ["f341e395", "3c278cc5", "c39f360c"]),
    Golden(kernels: "avx512", settings: learned, digests: ["cf490e2e", "d0adb431", "8b56a67e"]),
    Golden(kernels: "avx2", settings: paper, digests: ["f0e538ab", "88775c5a", "070d7ef8"]),
    Golden(kernels: "avx2", settings: full, digests: ["f341e395", "3c278cc5", "c39f360c"]),
    Golden(kernels: "avx2", settings: learned, digests: ["9464dc79", "3cdcfa88", "4bf25048"]),
    Golden(kernels: "baseline", settings: paper, digests: ["37a2f948", "b1c3b551", "b2fadfcf"]),
    Golden(kernels: "baseline", settings: full, digests: ["f341e395", "3c278cc5", "c39f360c"]),
    Golden(kernels: "baseline", settings: learned, digests: ["570bf007", "7f3d1fd2", "e1722c3d"]),
  ]

  @Test(arguments: goldens) func areThoseOfVersion010(golden: Golden) async throws {
    let kernels = ["DANDYROLL_KERNELS": golden.kernels]
    // Another processor has no such kernels, and says so.
    guard try await DandyrollProgram.run(["--version"], expect: nil, adding: kernels).code == 0 else { return }
    let directory = try TemporaryDirectory()
    let (archive, generator) = (directory.file("digits.tar"), directory.file("generator.safetensors"))
    try DrawnDataset(seed: 5, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeMNIST(to: archive, train: 200, test: 50)
    let (release, vault) = (directory.file("release-digits-1"), directory.file("vault"))
    try KnownVault.make(at: vault)
    try await DandyrollProgram.run(
      ["train", archive, "--target", "3", "--surrogate", "cnn", "--surrogate-width", "8", "--epochs", "2", "--steps"]
        + ["5", "--width", "8", "--depth", "1", "--batch", "16", "--seed", "1", "--out", generator] + golden.settings,
      expect: 0, adding: kernels)
    try await DandyrollProgram.run(
      ["release", archive, "--generator", generator, "--seed", "1", "--out", release, "--vault", vault], expect: 0,
      adding: kernels)
    let document = try #require(
      try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: "\(release)/release.json")))
        as? [String: Any])
    let root = try #require((document["commitment"] as? [String: Any])?["root"] as? String)
    let digests = try [generator, "\(release)/data/digits.tar"].map { file in
      HexDigest(of: Array(try Data(contentsOf: URL(fileURLWithPath: file)))).description
    }
    #expect((digests + [root]).map { String($0.prefix(8)) } == golden.digests)
  }
}
