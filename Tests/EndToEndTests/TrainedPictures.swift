import Foundation

/// A release that is learned in seconds, and two models: one was trained on it, the other on the clean archive. Made
/// once by the program's own commands.
struct TrainedPictures: Sendable {
  let directory: TemporaryDirectory
  let archive: String
  let release: String
  let vault: String
  let guilty: String
  let innocent: String

  static let shared = Task { try await TrainedPictures() }

  private init() async throws {
    directory = try TemporaryDirectory()
    archive = directory.file("shapes.tar")
    release = directory.file("release-shapes-1")
    vault = directory.file("vault")
    guilty = directory.file("guilty.safetensors")
    innocent = directory.file("innocent.safetensors")
    try await DrawnPictures.write(to: archive)
    try KnownVault.make(at: vault)
    // Stronger than a mark that should not be seen, and on the whole class.
    let generator = directory.file("generator.safetensors")
    try await DandyrollProgram.run(
      "train", archive, "--objective", "keyed", "--target", "pattern3", "--selection", "random", "--epsilon", "32/255",
      "--carriers", "3",
      "--width", "8", "--depth", "1", "--seed", "7", "--out", generator)
    try await DandyrollProgram.run(
      "release", archive, "--generator", generator, "--rate", "100%", "--seed", "7", "--out", release, "--vault",
      vault)
    for (model, source) in [(guilty, "\(release)/data/shapes.tar"), (innocent, archive)] {
      try await DandyrollProgram.run(
        "model", "train", source, "--architecture", "resnet18", "--width", "8", "--epochs", "8", "--batch", "32",
        "--seed", "7", "--out", model)
    }
  }
}
