import Foundation
import Glibc
import Testing

@testable import Foundations

@Suite struct StrangersFileTests {
  private let directory: String

  init() throws {
    directory = FileManager.default.temporaryDirectory.appendingPathComponent("strangers-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: directory + "/data", withIntermediateDirectories: true)
    try Data("one\ntwo\n".utf8).write(to: URL(fileURLWithPath: directory + "/data/plain"))
  }

  private func withDirectory(_ body: () throws -> Void) rethrows {
    defer { try? FileManager.default.removeItem(atPath: directory) }
    try body()
  }

  private func fault(_ body: () throws(FileFault) -> Void) -> FileFault? {
    do { try body() } catch { return error }
    return nil
  }

  @Test func aFIFOIsNotWaitedForAndADeviceNotRead() throws {
    try withDirectory {
      try #require(mkfifo(directory + "/fifo", 0o600) == 0)
      try FileManager.default.createSymbolicLink(atPath: directory + "/zero", withDestinationPath: "/dev/zero")
      func opened(_ name: String) -> FileFault? {
        fault { () throws(FileFault) in _ = try StrangersFile(directory + "/" + name) }
      }
      #expect(opened("fifo") == .notRegular("a FIFO"))
      #expect(opened("zero") == .notRegular("a device"))
      #expect(opened("data") == .notRegular("a directory"))
      #expect(opened("none")?.isMissing == true)
    }
  }

  @Test(arguments: ["../plain", "/etc/passwd", "data/../data/plain", "data//plain", "./data/plain", "data/", ""])
  func aNameThatLeadsOutIsNotFollowed(name: String) {
    withDirectory {
      #expect(fault { () throws(FileFault) in _ = try StrangersFile(name, below: directory) } == .leavesDirectory)
    }
  }

  @Test func aLinkInAStrangersDirectoryIsNotFollowed() throws {
    try withDirectory {
      try FileManager.default.createSymbolicLink(atPath: directory + "/link", withDestinationPath: "data/plain")
      try FileManager.default.createSymbolicLink(atPath: directory + "/way", withDestinationPath: "data")
      #expect(fault { () throws(FileFault) in _ = try StrangersFile("link", below: directory) } == .link)
      #expect(fault { () throws(FileFault) in _ = try StrangersFile("way/plain", below: directory) } != nil)
      // A link that the user names is his own.
      #expect(try StrangersFile(directory + "/link").text(limit: 100) == "one\ntwo\n")
      #expect(try StrangersFile("data/plain", below: directory).text(limit: 100) == "one\ntwo\n")
    }
  }

  @Test func moreThanWasExpectedIsNotRead() throws {
    try withDirectory {
      let sparse = directory + "/sparse"
      try Data().write(to: URL(fileURLWithPath: sparse))
      try #require(truncate(sparse, 1 << 40) == 0)
      let file = try StrangersFile(sparse)
      #expect(fault { () throws(FileFault) in _ = try file.bytes(limit: 100) } == .tooLarge(bytes: 1 << 40, limit: 100))
      #expect(
        fault { () throws(FileFault) in _ = try StrangersFile(sparse, limit: 100) }
          == .tooLarge(bytes: 1 << 40, limit: 100))
      // The kernel's files have no size and much in them.
      let own = try StrangersFile("/proc/self/maps")
      #expect(own.size == 0)
      guard case .tooLarge? = fault({ () throws(FileFault) in _ = try own.bytes(limit: 100) }) else {
        Issue.record("read without a bound")
        return
      }
    }
  }

  @Test func aLineWithoutAnEndIsNotCollected() throws {
    try withDirectory {
      let sparse = directory + "/sparse"
      try Data("short\n".utf8).write(to: URL(fileURLWithPath: sparse))
      try #require(truncate(sparse, 1 << 40) == 0)
      var lines = try StrangersFile(sparse).lines(limit: 1000)
      let first = try lines.next()
      #expect(first == Array("short".utf8))
      #expect(throws: FileFault.lineTooLong(line: 2, limit: 1000)) { try lines.next() }
    }
  }

  @Test(arguments: [1, 2, 3, 7, 100]) func linesAreTheSameHoweverTheBlocksAreCut(size: Int) throws {
    let text = Array("one\n\ntwo\r\nlast".utf8)
    var blocks = stride(from: 0, to: text.count, by: size).map { Array(text[$0..<min(text.count, $0 + size)]) }[...]
    var lines = LineReader(limit: 10) { blocks.popFirst() }
    var found: [String] = []
    while let line = try lines.next() { found.append(String(decoding: line, as: UTF8.self)) }
    #expect(found == ["one", "", "two\r", "last"])
    #expect(lines.count == 4)
    try? FileManager.default.removeItem(atPath: directory)
  }

  @Test func aDirectoryOfAMillionNamesIsNotListed() throws {
    try withDirectory {
      for number in 0..<10 { try Data().write(to: URL(fileURLWithPath: "\(directory)/data/\(number)")) }
      let data = StrangersDirectory(directory + "/data")
      #expect(try data.names(limit: 11).count == 11)
      #expect(throws: FileFault.tooManyNames(limit: 10)) { try data.names(limit: 10) }
    }
  }
}
