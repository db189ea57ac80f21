import Evidence
import Foundation
import Glibc
import Jobs
import Testing

@testable import Fixtures
@testable import Work

/// What must stay secret has its mode from its first moment on: nobody has it open who may not read it.
@Suite struct SecretFileTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  private func mode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int)
  }

  private func inode(_ path: String) throws -> Int {
    try #require(FileManager.default.attributesOfItem(atPath: path)[.systemFileNumber] as? Int)
  }

  @Test func whoHasOpenedALeftoverDoesNotReadTheSecret() throws {
    let path = directory.file("opening.json")
    // A crash of another program, or somebody who waits for it.
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    #expect(chmod(path, 0o644) == 0)
    let reader = try #require(FileHandle(forReadingAtPath: path))
    try DurableFile(path).write(Array("secret".utf8), mode: 0o600)
    #expect(try reader.readToEnd() == Data("old".utf8))
    #expect(try mode(path) == 0o600)
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("secret".utf8))
  }

  @Test func aLinkInItsPlaceIsReplacedNotFollowed() throws {
    let (path, target) = (directory.file("plan.json"), directory.file("target"))
    try Data("kept".utf8).write(to: URL(fileURLWithPath: target))
    try FileManager.default.createSymbolicLink(atPath: path + ".partial", withDestinationPath: target)
    try DurableFile(path).replace(with: Array("secret".utf8), mode: 0o600)
    #expect(try Data(contentsOf: URL(fileURLWithPath: target)) == Data("kept".utf8))
    #expect(try mode(path) == 0o600 && inode(path) != inode(target))
  }

  @Test func aSecretKeyIsNeverWrittenOverAnother() throws {
    let name = directory.file("owner")
    _ = try OwnerKeyFiles(name: name)
    #expect(try mode(name + ".key") == 0o600)
    let before = try Data(contentsOf: URL(fileURLWithPath: name + ".key"))
    #expect(throws: WorkError.alreadyThere(path: name + ".key")) {
      try DurableFile(name + ".key").create(Array("another".utf8))
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: name + ".key")) == before)
  }

  @Test func aPrivateDirectoryIsPrivateAtOnce() throws {
    let path = directory.file("a/b/c")
    try DurableFile(path).createDirectory(mode: 0o700)
    for folder in ["a", "a/b", "a/b/c"] { #expect(try mode(directory.file(folder)) == 0o700) }
    try DurableFile(path).createDirectory(mode: 0o700)
    try Data().write(to: URL(fileURLWithPath: directory.file("file")))
    for taken in ["file", "file/x"] {
      let number = taken == "file" ? EEXIST : ENOTDIR
      let expected = WorkError.io(path: directory.file(taken), operation: "create directory", errno: number)
      #expect(throws: expected) { try DurableFile(directory.file(taken)).createDirectory() }
    }
  }

  /// Networks are written by a rename, which keeps the mode that the file was made with.
  @Test func generatorsAndWhatComesOfThemAreForTheirOwner() throws {
    let fixture = try KeyedFixture.shared.get()
    var files = ["generator.safetensors"]
    let record = "vault/release-drawn-1"
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture.directory.file(record))
    where name.contains(".") { files.append("\(record)/\(name)") }
    #expect(files.count >= 6)
    for file in files { #expect(try mode(fixture.directory.file(file)) == 0o600, "\(file)") }
  }
}
