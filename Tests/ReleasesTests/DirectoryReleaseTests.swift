import Archives
import Datasets
import Foundation
import Foundations
import Jobs
import Testing

@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Watermarks
@testable import Work

/// A directory of pictures, and a set of shards, from training to a verified release.
@Suite struct DirectoryReleaseTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private static let shape = ImageShape(channels: 3, height: 32, width: 32)

  /// Every picture with its split, class and number; every fifth a JPEG file.
  private func pictures(
    _ body: (_ folder: String, _ label: Int, _ number: Int, _ ending: String, [UInt8]) throws -> Void
  )
    throws
  {
    for (folder, numbers) in [("train", 0..<30), ("test", 30..<36)] {
      for number in numbers {
        for label in 0..<3 {
          let pixels = DrawnDataset(seed: 4, shape: Self.shape, isPlain: true).pixels(label: label, number: number)
          let isJPEG = number % 5 == 2
          let file =
            isJPEG
            ? JPEGImage(planar: pixels, shape: Self.shape).encoded(quality: 95)
            : PNGImage(planar: pixels, shape: Self.shape).encoded()
          try body(folder, label, number, isJPEG ? "jpg" : "png", file)
        }
      }
    }
  }

  private func put(_ content: [UInt8], at name: String) throws {
    let url = URL(fileURLWithPath: directory.file(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(content).write(to: url)
  }

  private func folder() throws -> String {
    try pictures { folder, label, number, ending, file in
      try put(file, at: "shapes/\(folder)/\(DrawnDataset.classNames[label])/\(number).\(ending)")
    }
    try put(Array("three shapes".utf8), at: "shapes/README.txt")
    return directory.file("shapes")
  }

  private func shards() throws -> String {
    try FileManager.default.createDirectory(atPath: directory.file("set"), withIntermediateDirectories: true)
    let names = ["set-train-000000.tar", "set-train-000001.tar", "set-test-000000.tar"]
    let writers = try names.map { try ArchiveWriter(path: directory.file("set/\($0)"), container: .tar) }
    try pictures { folder, label, number, ending, file in
      let writer = writers[folder == "test" ? 2 : number % 2]
      let key = "\(number)-\(label)"
      for (ending, content) in [(ending, file), ("cls", Array("\(label)".utf8))] {
        try writer.add(
          ArchiveMember(name: "\(key).\(ending)", size: content.count, modified: 1_000_000 + number), content: content)
      }
    }
    for writer in writers { _ = try writer.finish() }
    return directory.file("set")
  }

  private func train(on source: String, _ name: String) throws -> String {
    let generator = directory.file("\(name).safetensors")
    _ = try TrainWork(
      TrainSpec(
        archive: source, dataset: name, target: "", method: Fixture.method, seed: 11, generator: generator,
        workDirectory: directory.file("checkpoints"), limits: InputLimits()),
      WorkContext(threads: 2)
    ).run()
    return generator
  }

  private func spec(_ source: String, _ name: String, batch: Int = 8, version: Int = 1) throws -> ReleaseSpec {
    ReleaseSpec(
      archive: source, archiveName: name, dataset: name, releaseVersion: version,
      generator: directory.file("\(name).safetensors"), rate: try "0.5".asRate(), seed: 5,
      outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"), vault: directory.file("vault"),
      batch: batch, created: 1_800_000_000, limits: InputLimits())
  }

  private func broken(_ spec: ReleaseSpec) throws -> [String] {
    try ReleaseVerification(
      directory: "\(spec.outbox)/\(spec.name)", vault: spec.vault, original: spec.archive, limits: InputLimits()
    ).checks.filter { !$0.holds }.map(\.rule)
  }

  /// Names and digests as the manifest has them.
  private func manifest(_ release: String) throws -> [String: String] {
    let lines = try String(contentsOfFile: "\(release)/manifest-sha256.txt", encoding: .utf8).split(separator: "\n")
    return Dictionary(
      lines.map { (String($0.dropFirst(66)), String($0.prefix(64))) }, uniquingKeysWith: { first, _ in first })
  }

  private func names(_ file: String, _ list: String, _ key: String) throws -> Set<String> {
    let object = try JSONSerialization.jsonObject(with: Data(contentsOf: URL(fileURLWithPath: file)))
    let entries = (object as? [String: Any])?[list] as? [[String: Any]] ?? []
    return Set(entries.compactMap { $0[key] as? String })
  }

  @Test func aDirectoryIsReleasedAsADirectory() throws {
    let source = try folder()
    _ = try train(on: source, "shapes")
    let spec = try spec(source, "shapes")
    let result = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    #expect(try broken(spec) == [] && result.markedSamples > 0)
    let before = try contents(of: source).keys.filter { $0.contains(".") }
    let after = try contents(of: "\(result.directory)/data/shapes").keys.filter { $0.contains(".") }
    #expect(after.count == before.count && after.contains("README.txt"))
    // As many files as before; marked JPEG files are PNG files now.
    #expect(
      Set(after.map { ($0 as NSString).deletingPathExtension })
        == Set(before.map { ($0 as NSString).deletingPathExtension }))
    let paths = Set(after.map { "data/shapes/\($0)" })
    #expect(try Set(manifest(result.directory).keys) == paths)
    let croissant = try names("\(result.directory)/croissant.json", "distribution", "contentUrl")
    let subjects = try names("\(result.directory)/provenance.json", "subject", "name")
    #expect(paths.isSubset(of: croissant) && paths.isSubset(of: subjects))
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(result.directory)/release.json")
    #expect(document.archive.path == "data/shapes" && document.archive.files == after.count)
    #expect(document.archive.sha256.description == result.archiveDigest)
    let copy = try DatasetSource(path: "\(result.directory)/data/shapes", limits: InputLimits())
    #expect(try HexDigest(of: copy) == document.archive.sha256)

    // Killed anywhere and run again, or run with another batch: the same bytes.
    let digest = result.archiveDigest
    #expect(try ReleaseWork(spec, WorkContext(threads: 1)).run().archiveDigest == digest)
    let other = try self.spec(source, "shapes", batch: 64, version: 2)
    #expect(try ReleaseWork(other, WorkContext(threads: 3)).run().archiveDigest == digest)

    // What somebody does to it afterwards.
    let data = "\(result.directory)/data/shapes"
    let hidden = directory.file("hidden")
    try FileManager.default.moveItem(atPath: "\(data)/README.txt", toPath: hidden)
    #expect(try broken(spec).contains("every file has the digest that the manifests state"))
    try FileManager.default.moveItem(atPath: hidden, toPath: "\(data)/README.txt")
    #expect(try broken(spec) == [])
    try Data("more".utf8).write(to: URL(fileURLWithPath: "\(data)/MORE.txt"))
    #expect(
      Set(try broken(spec)).isSuperset(of: [
        "every file has the digest that the manifests state", "release.json states how many files there are",
      ]))
    try FileManager.default.removeItem(atPath: "\(data)/MORE.txt")
    try Data("other text".utf8).write(to: URL(fileURLWithPath: "\(data)/README.txt"))
    #expect(try broken(spec).contains("every other byte is the original's"))
  }

  @Test func shardsAreReleasedAsShards() throws {
    let source = try shards()
    _ = try train(on: source, "set")
    let spec = try spec(source, "set")
    let result = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    #expect(try broken(spec) == [] && result.markedSamples > 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: source).sorted()
    #expect(try FileManager.default.contentsOfDirectory(atPath: "\(result.directory)/data/set").sorted() == names)
    #expect(try Set(manifest(result.directory).keys) == Set(names.map { "data/set/\($0)" }))
    for name in names {
      func members(_ path: String) throws -> [String] {
        let reader = try ArchiveReader(path: path, limits: InputLimits())
        var names: [String] = []
        while let member = try reader.nextMember() { names.append("\(member.name) \(member.modified)") }
        return names
      }
      #expect(try members("\(result.directory)/data/set/\(name)") == members("\(source)/\(name)"))
    }
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(result.directory)/release.json")
    #expect(document.samples == .init(total: 108, train: 90, test: 18) && document.archive.files == 3)
    // Nothing of it hangs on where the shards lie.
    let list = directory.file("set/all.ready")
    try Data(names.reversed().joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: list))
    var listed = try self.spec(list, "set", version: 2)
    listed.archiveName = DatasetSource.name(ofPath: list)
    #expect(listed.archiveName == "all")
    #expect(try ReleaseWork(listed, WorkContext(threads: 2)).run().archiveDigest == result.archiveDigest)
    #expect(try broken(listed) == [])
  }
}
