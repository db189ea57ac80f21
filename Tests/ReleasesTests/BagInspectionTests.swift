import Evidence
import Foundation
import Foundations
import Testing

@testable import Fixtures
@testable import Releases
@testable import Work

/// Bags that were bent, and what has to be found. The same table is before the Library of Congress' `bagit.py`
/// (Tests/RealServers/bags.py), so that both find the same.
@Suite struct BagInspectionTests {
  /// A bag of Tests/RealServers/bags.json: how a sealed one is bent, and whether it is valid then.
  struct BentBag: Decodable, Sendable, CustomTestStringConvertible {
    struct Step: Decodable, Sendable {
      var write, append, replace, remove, folder, reseal: String?
      var text, old, new: String?
    }

    var name: String
    var valid: Bool
    var steps: [Step]
    var testDescription: String { name }

    static let all: [Self] = {
      let table = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent()
        .appendingPathComponent("../RealServers/bags.json").standardizedFileURL
      return (try? JSONDecoder().decode([Self].self, from: Data(contentsOf: table))) ?? []
    }()
  }

  private struct NoSuchStep: Error {}

  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
    try write("data/pictures.tar", "the payload of a bag\n")
    try write("release.json", "{}\n")
    try BagIt(directory: directory.path).seal(
      payload: [("data/pictures.tar", 21, HexDigest(ofFile: directory.file("data/pictures.tar")))],
      tags: ["release.json"], identifier: "release-x-1", date: "2026-01-01")
  }

  @Test func theTableIsThere() {
    #expect(BentBag.all.count >= 20)
    #expect(Set(BentBag.all.map(\.valid)) == [true, false])
  }

  @Test(arguments: BentBag.all) func findsWhatWasBent(_ bag: BentBag) throws {
    let before = try oxum()
    for step in bag.steps { try bend(step, before) }
    let problems = try BagInspection(BagIt(directory: directory.path)).problems
    #expect(problems.isEmpty == bag.valid, "\(problems)")
  }

  // Where bagit.py is more patient, or would never end.

  @Test func aLinkInThePayloadIsNoFile() throws {
    try FileManager.default.createSymbolicLink(
      atPath: directory.file("data/link"), withDestinationPath: "pictures.tar")
    #expect(try BagInspection(BagIt(directory: directory.path)).problems.contains("data/link: not a regular file"))
  }

  @Test func aManifestsLineWithoutANameIsMalformed() throws {
    try bend(.init(append: "manifest-sha256.txt", text: String(repeating: "0", count: 64) + "\n"), "")
    try bend(.init(reseal: "tagmanifest-sha256.txt"), "")
    #expect(try BagInspection(BagIt(directory: directory.path)).problems.count == 1)
  }

  @Test func saysWhichTagFilesNoManifestVouchesFor() throws {
    try write("evil.exe", "MZ")
    let found = try BagInspection(BagIt(directory: directory.path))
    #expect(found.problems.isEmpty && found.unlisted == ["evil.exe"])
  }

  // MARK: - Steps

  private func write(_ name: String, _ text: String) throws {
    let url = URL(fileURLWithPath: directory.file(name))
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data(text.utf8).write(to: url)
  }

  private func read(_ name: String) throws -> String {
    try String(contentsOfFile: directory.file(name), encoding: .utf8)
  }

  private func oxum() throws -> String {
    let files = (try? FileManager.default.subpathsOfDirectory(atPath: directory.file("data"))) ?? []
    let sizes = try files.compactMap { name -> Int? in
      let attributes = try FileManager.default.attributesOfItem(atPath: directory.file("data/\(name)"))
      return attributes[.type] as? FileAttributeType == .typeRegular ? attributes[.size] as? Int : nil
    }
    return "\(sizes.reduce(0, +)).\(sizes.count)"
  }

  private func bend(_ step: BentBag.Step, _ before: String) throws {
    if let name = step.write {
      try write(name, filled(step.text ?? ""))
    } else if let name = step.append {
      try write(name, read(name) + filled(step.text ?? ""))
    } else if let name = step.replace {
      let old = (step.old ?? "").replacingOccurrences(of: "{oxum}", with: before)
      let text = try read(name)
      try #require(text.contains(old))
      try write(
        name,
        text.replacingOccurrences(of: old, with: (step.new ?? "").replacingOccurrences(of: "{oxum}", with: oxum())))
    } else if let name = step.remove {
      try FileManager.default.removeItem(atPath: directory.file(name))
    } else if let name = step.folder {
      try FileManager.default.createDirectory(atPath: directory.file(name), withIntermediateDirectories: true)
    } else if let name = step.reseal {
      let tags = ["bag-info.txt", "bagit.txt", "manifest-sha256.txt", "release.json"]
        .filter { FileManager.default.fileExists(atPath: directory.file($0)) }
      try write(name, tags.map { try filled("{sha256 \($0)}  \($0)\n") }.joined())
    } else {
      throw NoSuchStep()
    }
  }

  /// A text with `{sha256 FILE}` and its like replaced by the file's digest, in capitals where they are.
  private func filled(_ text: String) throws -> String {
    var filled = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let words = rest[rest.index(after: open)..<close].split(separator: " ")
      let digest = try HexDigest(ofFile: directory.file(String(words[1]))).description
      filled += rest[..<open] + (words[0] == "SHA256" ? digest.uppercased() : digest)
      rest = rest[rest.index(after: close)...]
    }
    return filled + rest
  }
}
