import Datasets
import Foundation
import Testing

/// Archives of other layouts through training, release and verification, read again without the program's own code.
@Suite struct LayoutTests {
  /// Trains on an archive, releases it and verifies the release against it.
  func release(_ archive: String, in directory: TemporaryDirectory, target: String, _ options: String...) throws -> String {
    let generator = directory.file("generator.safetensors")
    try DandyrollProgram.run(
      "train", archive, "--objective", "paper", "--target", target, "--out", generator, "--seed", "4", "--epochs", "1",
      "--steps", "4", "--batch", "8", "--surrogate-width", "8", "--width", "8")
    let release = directory.file("release-drawn-1")
    try DandyrollProgram.run(
      ["release", archive, "--generator", generator, "--out", release, "--seed", "9", "--vault", directory.file("vault")]
        + options, expect: 0)
    for extra in [[], ["--vault", directory.file("vault")]] {
      let verified = try DandyrollProgram.run(
        ["release", "verify", release, "--original", archive] + extra, expect: 0)
      #expect(!verified.output.contains("FAILED"))
    }
    return release
  }

  /// A program's output for an input.
  static func filter(_ content: [UInt8], _ program: String, _ arguments: String...) throws -> [UInt8] {
    let file = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try Data(content).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program)
    process.arguments = arguments
    process.standardInput = try FileHandle(forReadingFrom: file)
    let pipe = Pipe()
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return Array(output)
  }

  @Test func marksMNISTFilesInsideTheirGzip() throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("digits.tar")
    try DrawnDataset(seed: 5, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeMNIST(to: archive, train: 200, test: 50)
    let release = try release(archive, in: directory, target: "3")
    let inspected = try DandyrollProgram.run("inspect", archive, "--png", directory.file("sheet.png"))
    #expect(inspected.output.contains("mnist-idx in tar"))
    #expect(inspected.output.contains("250 of 1×28×28, 10 classes"))

    let before = try PlainTar([UInt8](Data(contentsOf: URL(fileURLWithPath: archive)))).members
    let after = try PlainTar([UInt8](Data(contentsOf: URL(fileURLWithPath: "\(release)/data/digits.tar")))).members
    #expect(after.map(\.name) == before.map(\.name))
    #expect(before.count == 4)
    func content(_ members: [PlainTar.Member], _ name: String) throws -> [UInt8] {
      let member = try #require(members.first { $0.name.hasSuffix(name + ".gz") })
      return try Self.filter(member.content, "/bin/gzip", "-dc")
    }
    for (old, new) in zip(before, after) where !old.name.contains("train-images") {
      #expect(old.content == new.content, "\(old.name)")
    }
    let labels = try content(before, "train-labels-idx1-ubyte")
    let (images, marked) = try (content(before, "train-images-idx3-ubyte"), content(after, "train-images-idx3-ubyte"))
    #expect(Array(labels[..<8]) == [0, 0, 8, 1, 0, 0, 0, 200])
    #expect(Array(marked[..<16]) == [0, 0, 8, 3, 0, 0, 0, 200, 0, 0, 0, 28, 0, 0, 0, 28])
    #expect(images.count == 16 + 200 * 784 && marked.count == images.count)
    var changed = 0
    for number in 0..<200 {
      let range = 16 + number * 784..<16 + (number + 1) * 784
      let largest = zip(images[range], marked[range]).map { abs(Int($0) - Int($1)) }.max() ?? 0
      guard largest > 0 else { continue }
      changed += 1
      #expect(labels[8 + number] == 3 && largest <= 8)
    }
    #expect(changed == 10)
  }
}
