import Foundation
import Testing

@testable import Foundations

@Suite struct StrangersTreeTests {
  private func scratch<Result>(_ body: (String) throws -> Result) throws -> Result {
    let path = FileManager.default.temporaryDirectory.path + "/tree-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: path) }
    return try body(path)
  }

  @Test func findsFilesInTheOrderOfTheirBytesAndDirectoriesBeforeWhatIsInThem() throws {
    try scratch { path in
      for name in ["b", "a/x", "a-b", "a/c/d", "A"] {
        let file = "\(path)/\(name)"
        try FileManager.default.createDirectory(
          atPath: (file as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
        try Data(name.utf8).write(to: URL(fileURLWithPath: file))
      }
      let tree = try StrangersTree(path)
      #expect(tree.files.map(\.name) == ["A", "a-b", "a/c/d", "a/x", "b"])
      #expect(tree.directories == ["a", "a/c"] && tree.bytes == 13)
    }
  }

  @Test func aLookCanBeStopped() throws {
    struct Stopped: Error {}
    try scratch { path in
      for number in 0..<1024 { try Data().write(to: URL(fileURLWithPath: "\(path)/\(number)")) }
      #expect(throws: Stopped.self) { _ = try StrangersTree(path) { throw Stopped() } }
    }
  }

  @Test func aListWithoutNamesIsNone() throws {
    #expect(try ReadyList([]) == nil && ReadyList(Array("\r\n \n\n".utf8)) == nil)
    #expect(try ReadyList(Array("b.tar\r\na.tar".utf8))?.names == ["b.tar", "a.tar"])
    #expect(throws: ReadyList.Fault(line: 0, name: "", rule: .notText)) { _ = try ReadyList([0xC3, 0x28]) }
    #expect(throws: ReadyList.Fault(line: 0, name: "", rule: .tooLong)) {
      _ = try ReadyList([UInt8](repeating: 0x61, count: ReadyList.limit + 1))
    }
  }
}
