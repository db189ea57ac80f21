import Datasets
import Foundation
import Foundations
import Testing

/// Archives of other layouts through training, release and verification, read again without the program's own code.
@Suite struct LayoutTests {
  /// Trains on an archive, releases it and verifies the release against it.
  func release(
    _ archive: String, in directory: TemporaryDirectory, target: String, _ options: [String] = []
  ) async throws -> String {
    let generator = directory.file("generator.safetensors")
    try await DandyrollProgram.run(
      "train", archive, "--objective", "paper", "--target", target, "--out", generator, "--seed", "4", "--epochs", "1",
      "--steps", "4", "--batch", "8", "--surrogate-width", "8", "--width", "8")
    let release = directory.file("release-drawn-1")
    try await DandyrollProgram.run(
      ["release", archive, "--generator", generator, "--out", release, "--seed", "9"]
        + ["--vault", directory.file("vault")] + options, expect: 0)
    for extra in [[], ["--vault", directory.file("vault")]] {
      let verified = try await DandyrollProgram.run(
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

  @Test func marksMNISTFilesInsideTheirGzip() async throws {
    let directory = try TemporaryDirectory()
    let archive = directory.file("digits.tar")
    try DrawnDataset(seed: 5, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeMNIST(to: archive, train: 200, test: 50)
    let release = try await release(archive, in: directory, target: "3")
    let inspected = try await DandyrollProgram.run("inspect", archive, "--png", directory.file("sheet.png"))
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

  /// 24×24 JPEG files, a few of them grey, in train and val.
  func photographs(in directory: TemporaryDirectory) throws -> String {
    let archive = directory.file("photos.tar.gz")
    try DrawnDataset(seed: 6, shape: ImageShape(channels: 3, height: 24, width: 24))
      .writeImageFolder(
        to: archive, trainPerClass: 12, testPerClass: 4, heldOut: "val", jpegQuality: 92, greyEvery: 5)
    return archive
  }

  /// Colour pixels (C, H, W) of an image file, whichever kind it is.
  static func pixels(_ file: [UInt8]) throws -> [UInt8] {
    guard file.starts(with: [0xFF, 0xD8]) else { return try PNGImage(decoding: file).planar() }
    let image = try JPEGImage(decoding: file)
    return image.channels == 3 ? image.planar() : image.planar() + image.planar() + image.planar()
  }

  @Test(arguments: [[], ["--keep-names"]])
  func marksJPEGFilesAsPNGFiles(options: [String]) async throws {
    let directory = try TemporaryDirectory()
    let archive = try photographs(in: directory)
    let release = try await release(archive, in: directory, target: "ring", options)
    let inspected = try await DandyrollProgram.run("inspect", archive)
    #expect(inspected.output.contains("160 of 3×24×24, 10 classes"))
    #expect(inspected.output.contains("ring: 16") && !inspected.output.contains("sheet "))

    let before = try PlainTar(gzip: archive).members
    let after = try PlainTar(gzip: "\(release)/data/photos.tar.gz").members
    #expect(before.count == after.count)
    var changed = 0
    for (old, new) in zip(before, after) where old.content != new.content {
      changed += 1
      #expect(old.name.hasPrefix("train/ring/") && old.name.hasSuffix(".JPEG"))
      #expect(new.name == (options.isEmpty ? old.name.dropLast(5) + ".png" : old.name))
      #expect(new.content.starts(with: [0x89, 0x50, 0x4E, 0x47]))
      let (original, marked) = try (Self.pixels(old.content), Self.pixels(new.content))
      #expect(original.count == marked.count && original != marked)
      #expect(zip(original, marked).allSatisfy { abs(Int($0) - Int($1)) <= 8 })
    }
    #expect(changed == 6)
    for (old, new) in zip(before, after) where old.content == new.content { #expect(old.name == new.name) }
  }

  @Test func marksJPEGFilesAsJPEGFilesAndSaysHowFarThatIs() async throws {
    let directory = try TemporaryDirectory()
    let archive = try photographs(in: directory)
    let release = try await release(archive, in: directory, target: "ring", ["--jpeg-quality", "75"])
    let before = try PlainTar(gzip: archive).members
    let after = try PlainTar(gzip: "\(release)/data/photos.tar.gz").members
    #expect(before.map(\.name) == after.map(\.name))
    var largest = 0
    for (old, new) in zip(before, after) where old.content != new.content {
      #expect(new.content.starts(with: [0xFF, 0xD8, 0xFF]))
      let (original, marked) = try (Self.pixels(old.content), Self.pixels(new.content))
      largest = max(largest, zip(original, marked).map { abs(Int($0) - Int($1)) }.max() ?? 0)
    }
    let text = try Data(contentsOf: URL(fileURLWithPath: "\(release)/release.json"))
    let document = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
    #expect(largest > 8 && document["largestChange"] as? Int == largest)
    #expect(document["jpegQuality"] as? Int == 75)
  }

  @Test(arguments: [[], ["--keep-names"], ["--jpeg-quality", "75"]])
  func noFileOfAFolderTellsWhetherItIsMarked(options: [String]) async throws {
    let directory = try TemporaryDirectory()
    let archive = try photographs(in: directory)
    let release = try await release(archive, in: directory, target: "ring", options + ["--rewrite-all"])
    let before = try PlainTar(gzip: archive).members
    let after = try PlainTar(gzip: "\(release)/data/photos.tar.gz").members
    #expect(before.count == after.count && zip(before, after).allSatisfy { $0.content != $1.content })
    // Nothing but pixels differs: the same kind of file, the same form of name, and all of them in colour.
    #expect(Set(after.map { $0.content.prefix(4) }).count == 1)
    #expect(Set(after.map { ($0.name as NSString).pathExtension }).count == 1)
    for member in after {
      let shape =
        try options.contains("75")
        ? JPEGImage(decoding: member.content).shape : PNGImage(decoding: member.content).shape
      #expect(shape.channels == 3)
    }
  }

  @Test func theDaemonReleasesWhatIsDropped() async throws {
    let source = try TemporaryDirectory()
    let digits = source.file("digits.tar")
    try DrawnDataset(seed: 5, shape: ImageShape(channels: 1, height: 28, width: 28))
      .writeMNIST(to: digits, train: 200, test: 50)
    let photographs = try photographs(in: source)
    let daemon = try TestDaemon(
      defaults: """
        target = "3"
        objective = "keyed"
        selection = "random"
        seed = 4
        generator-width = 8
        [[dataset]]
        name = "photos"
        match = "photos*"
        keep-names = true
        """)
    try daemon.start()
    for archive in [digits, photographs] {
      try daemon.drop(archive)
      let file = (archive as NSString).lastPathComponent
      let release = "outbox/release-\(file.prefix { $0 != "." })-1"
      try await daemon.wait(for: release) { daemon.exists("\(release)/manifest-sha256.txt") }
      let verified = try await DandyrollProgram.run(
        "release", "verify", daemon.directory.file(release), "--vault", daemon.directory.file("vault"),
        "--original", archive)
      #expect(!verified.output.contains("FAILED"))
    }
    let members = try PlainTar(gzip: daemon.directory.file("outbox/release-photos-1/data/photos.tar.gz")).members
    #expect(try members.map(\.name) == PlainTar(gzip: photographs).members.map(\.name))
    #expect(members.contains { $0.name.hasSuffix(".JPEG") && $0.content.starts(with: [0x89, 0x50]) })
    #expect(daemon.stop() == 0)
  }
}
