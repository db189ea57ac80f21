import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

/// A directory of pictures and two shards go from the inbox to verified releases.
@Suite struct SeveralFilesTests {
  private static let drawn = DrawnDataset(seed: 31, shape: ImageShape(channels: 3, height: 32, width: 32))

  /// Pictures of four classes, some of them held out.
  private func pictures(_ body: (_ split: String, _ name: String, _ number: Int, [UInt8]) throws -> Void) throws {
    for (split, numbers) in [("train", 0..<40), ("val", 40..<48)] {
      for number in numbers {
        for (label, name) in DrawnDataset.classNames.prefix(4).enumerated() {
          let pixels = Self.drawn.pixels(label: label, number: number)
          try body(split, name, number, PNGImage(planar: pixels, shape: Self.drawn.shape).encoded())
        }
      }
    }
  }

  private func folder(in directory: TemporaryDirectory) throws -> String {
    try pictures { split, name, number, file in
      let folder = directory.file("shapes/\(split)/\(name)")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(file).write(to: URL(fileURLWithPath: "\(folder)/\(number).png"))
    }
    try Data("drawn".utf8).write(to: URL(fileURLWithPath: directory.file("shapes/README.txt")))
    return directory.file("shapes")
  }

  private func shards(in directory: TemporaryDirectory) throws -> String {
    try FileManager.default.createDirectory(atPath: directory.file("set"), withIntermediateDirectories: true)
    for split in ["train", "val"] {
      let writer = try ArchiveWriter(path: directory.file("set/set-\(split)-000000.tar"), container: .tar)
      try pictures { place, name, number, file in
        guard place == split else { return }
        for (ending, content) in [("png", file), ("cls", Array(name.utf8))] {
          try writer.add(
            ArchiveMember(name: "\(name)-\(number).\(ending)", size: content.count, modified: 0), content: content)
        }
      }
      _ = try writer.finish()
    }
    return directory.file("set")
  }

  private func verify(_ release: String, _ daemon: TestDaemon, original: String) async throws {
    let verified = try await DandyrollProgram.run(
      "release", "verify", daemon.directory.file("outbox/\(release)"), "--vault", daemon.directory.file("vault"),
      "--original", original)
    #expect(!verified.output.contains("FAILED"))
    let sums = Process()
    sums.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
    sums.arguments = ["--check", "--strict", "--quiet", "manifest-sha256.txt"]
    sums.currentDirectoryURL = URL(fileURLWithPath: daemon.directory.file("outbox/\(release)"))
    try sums.run()
    sums.waitUntilExit()
    #expect(sums.terminationStatus == 0)
  }

  @Test func aDirectoryAndShardsInTheInboxBecomeReleases() async throws {
    let source = try TemporaryDirectory()
    let (folder, shards) = (try folder(in: source), try shards(in: source))
    let names = ["set-train-000000.tar", "set-val-000000.tar"]
    let list = source.file("set/set.ready")

    let asFolder = try await DandyrollProgram.run("inspect", folder, "--png", source.file("a.png")).output
    #expect(
      asFolder.contains("image-folder in directory") && asFolder.contains("193, none of them called like an archive"))
    let asShards = try await DandyrollProgram.run("inspect", shards, "--png", source.file("b.png")).output
    #expect(asShards.contains("webdataset in shards") && asShards.contains("2 called like archives"))
    try Data(names.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: list))
    let asList = try await DandyrollProgram.run("inspect", list, "--png", source.file("c.png")).output
    #expect(asList == asShards.replacingOccurrences(of: source.file("b.png"), with: source.file("c.png")))

    let daemon = try TestDaemon(defaults: DaemonTests.defaults)
    try daemon.start()
    try daemon.drop(folder)
    // The list first: its files are no drops of their own.
    try daemon.drop(list)
    for name in names { try daemon.drop("\(shards)/\(name)") }
    for (release, original) in [("release-shapes-1", folder), ("release-set-1", shards)] {
      try await daemon.wait(for: release) { daemon.exists("outbox/\(release)/manifest-sha256.txt") }
      if original == shards { try FileManager.default.removeItem(atPath: list) }
      try await verify(release, daemon, original: original)
    }
    try await daemon.wait(for: "an empty inbox") {
      try FileManager.default.contentsOfDirectory(atPath: daemon.directory.file("inbox")).isEmpty
    }
    let jobs = try await daemon.ask("jobs")["jobs"] as? [[String: Any]] ?? []
    #expect(jobs.filter { $0["kind"] as? String == "release" }.count == 2)
    #expect(daemon.exists("outbox/release-shapes-1/data/shapes/train/ring/7.png"))
    let released = try FileManager.default.contentsOfDirectory(
      atPath: daemon.directory.file("outbox/release-set-1/data/set"))
    #expect(released.sorted() == names)
    #expect(daemon.stop() == 0)
  }
}
