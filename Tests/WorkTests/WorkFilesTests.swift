import Evidence
import Foundation
import Foundations
import Jobs
import Testing
import Watermarks

@testable import Fixtures
@testable import Work

/// What commands settle before long work starts: where its result goes, and its seed.
@Suite struct WorkFilesTests {
  private let directory: TemporaryDirectory

  init() throws { directory = try TemporaryDirectory() }

  // MARK: - Results

  @Test func takesAFileInADirectoryThatIsThere() throws {
    let path = directory.file("report.html")
    #expect(try OutputFile(path).path == path)
    #expect(!FileManager.default.fileExists(atPath: path))
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: Never.self) { try OutputFile(path) }
    #expect(throws: Never.self) { try OutputFile("report.html") }
  }

  @Test func refusesAFileThatCannotBeWritten() throws {
    let file = directory.file("file")
    try Data().write(to: URL(fileURLWithPath: file))
    for (path, number) in [(directory.file("no/x"), ENOENT), (file + "/x", ENOTDIR), (directory.path, EISDIR)] {
      #expect(throws: WorkError.io(path: path, operation: "write here", errno: number)) { try OutputFile(path) }
    }
  }

  // MARK: - Seeds

  @Test func aDrawnSeedIsKeptWithTheWork() throws {
    let work = directory.file("work")
    let drawn = try WorkSeed(nil, keptIn: work)
    for _ in 0..<5 { #expect(try WorkSeed(nil, keptIn: work) == drawn) }
    #expect(try WorkSeed(.max, keptIn: work).seed == .max)
    #expect(try WorkSeed(nil, keptIn: work).seed == .max)
  }

  @Test func withoutADirectoryASeedIsDrawnEveryTime() throws {
    let seeds = Set(try (0..<8).map { _ in try WorkSeed(nil, keptIn: nil).seed })
    #expect(seeds.count > 1)
    #expect(try WorkSeed(7, keptIn: nil).seed == 7)
  }

  @Test func aSeedThatCannotBeReadIsNotReplaced() throws {
    try "{".write(toFile: directory.file("seed.json"), atomically: true, encoding: .utf8)
    let error = #expect(throws: WorkError.self) { try WorkSeed(nil, keptIn: directory.path) }
    #expect(error?.code == "malformed-file")
  }

  @Test func anUnknownReasonIsNotTriedForEver() {
    struct Strange: Error {}
    let number = SystemCall.reason(of: Strange())
    #expect(!WorkError.io(path: "x", operation: "remove", errno: number).isTransient)
  }
}
