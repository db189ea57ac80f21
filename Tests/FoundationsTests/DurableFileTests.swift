import Foundation
import Glibc
import Testing

@testable import Foundations

/// What must stay secret has its mode from its first moment on; what fails has the system's reason; a file is there whole.
@Suite struct DurableFileTests {
  private let directory: Folder

  init() throws { directory = try Folder() }

  /// A folder of one test's own, gone with it.
  private final class Folder: Sendable {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("durable-\(UUID().uuidString)").path

    init() throws { try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true) }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { "\(path)/\(name)" }
  }

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

  @Test func aPrivateDirectoryIsPrivateAtOnce() throws {
    let path = directory.file("a/b/c")
    try DurableFile(path).createDirectory(mode: 0o700)
    for folder in ["a", "a/b", "a/b/c"] { #expect(try mode(directory.file(folder)) == 0o700) }
    try DurableFile(path).createDirectory(mode: 0o700)
    try Data().write(to: URL(fileURLWithPath: directory.file("file")))
    for taken in ["file", "file/x"] {
      let number = taken == "file" ? EEXIST : ENOTDIR
      let expected = SystemCall.Failure(path: directory.file(taken), operation: "create directory", errno: number)
      #expect(throws: expected) { try DurableFile(directory.file(taken)).createDirectory() }
    }
  }

  @Test func aCallThatASignalInterruptsIsCalledAgain() throws {
    var calls = 0
    let value = try SystemCall.run("read", "x") { () -> Int in
      calls += 1
      if calls < 4 { errno = EINTR }
      return calls < 4 ? -1 : 17
    }
    #expect(value == 17 && calls == 4)
    #expect(throws: SystemCall.Failure(path: "x", operation: "read", errno: ENXIO)) {
      try SystemCall.run("read", "x") { () -> Int32 in
        errno = ENXIO
        return -1
      }
    }
  }

  @Test func foundationsReasonsAreTheSystems() throws {
    let file = directory.file("file")
    try Data().write(to: URL(fileURLWithPath: file))
    // Stale reasons must not show through.
    for stale in [EIO, ENOSPC, 0] {
      errno = stale
      let made = #expect(throws: SystemCall.Failure.self) { try DurableFile("\(file)/inside").createDirectory() }
      errno = stale
      let read = #expect(throws: SystemCall.Failure.self) { try DurableFile(directory.file("none")).read() }
      for (error, reasons) in [(made, [ENOTDIR, EEXIST, ENOTSUP]), (read, [ENOENT])] {
        #expect(error.map { reasons.contains($0.errno) } == true, "\(String(describing: error))")
      }
    }
  }

  @Test func aLinkToNowhereIsThereToBeRemoved() throws {
    let link = directory.file("link")
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: directory.file("nowhere"))
    #expect(DurableFile(link).exists)
    try DurableFile(link).remove()
    #expect(!DurableFile(link).exists)
  }

  private struct Wall: FileObstacle {
    let operation: String

    func before(_ operation: String, _ path: String) -> Int32? { operation == self.operation ? EIO : nil }

    func after(_ operation: String, _ path: String) -> Int32? { nil }
  }

  @Test(arguments: ["create", "set the mode of", "write", "fsync", "rename"])
  func whateverFailsTheOldFileStaysAndNothingBesideIt(operation: String) throws {
    let path = directory.file("REASON.json")
    try DurableFile(path).replace(with: Array("old".utf8))
    SystemCall.$obstacle.withValue(Wall(operation: operation)) {
      let error = #expect(throws: SystemCall.Failure.self) {
        try DurableFile(path).replace(with: Array("new".utf8), exactly: true)
      }
      #expect(error?.operation == operation && error?.errno == EIO)
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("old".utf8))
    #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["REASON.json"])
  }

  @Test func aLockIsHeldByOne() throws {
    let lock = try DirectoryLock(directory.path)
    let error = #expect(throws: SystemCall.Failure.self) { _ = try DirectoryLock(directory.path) }
    #expect(error?.isLocked == true && error?.path == directory.path)
    withExtendedLifetime(lock) {}
  }
}
