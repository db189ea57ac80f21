import Foundation
import Testing

@testable import Fixtures
@testable import Work

@Suite struct FigureFilesTests {
  private func converter(in directory: TemporaryDirectory, _ script: String) throws -> String {
    let path = directory.file("rsvg-convert")
    try "#!/bin/sh\n\(script)\n".write(toFile: path, atomically: true, encoding: .utf8)
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return directory.path
  }

  @Test func writesBothFilesWhereTheConverterIsInstalled() throws {
    let directory = try TemporaryDirectory()
    let search = try converter(in: directory, "echo \"$@\" > \"$4\"")
    _ = try FigureFiles(write: "<svg />", to: directory.file("b.png"), search: nil)
    #expect(FileManager.default.fileExists(atPath: directory.file("b.svg")))
    let files = try FigureFiles(write: "<svg />", to: directory.file("a.svg"), search: "/nowhere:\(search)")
    #expect(files.svg == directory.file("a.svg") && files.png == directory.file("a.png") && files.notice == nil)
    #expect(try String(contentsOfFile: files.svg, encoding: .utf8) == "<svg />")
    let arguments = try String(contentsOfFile: directory.file("a.png"), encoding: .utf8)
    #expect(arguments == "--zoom 2 --output \(directory.file("a.png")) \(directory.file("a.svg"))\n")
  }

  @Test func saysInOneLineWhyThereIsNoPNG() throws {
    let directory = try TemporaryDirectory()
    let absent = try FigureFiles(write: "<svg />", to: directory.file("a"), search: "/nowhere")
    #expect(absent.svg == directory.file("a.svg") && absent.png == nil)
    #expect(absent.notice?.contains("librsvg2-bin") == true && absent.notice?.contains("\n") == false)
    let search = try converter(in: directory, "exit 3")
    let failed = try FigureFiles(write: "<svg />", to: directory.file("b.svg"), search: search)
    #expect(failed.png == nil && failed.notice?.hasSuffix("ended with 3") == true)
  }

  @Test func aFigureThatCannotBeWrittenIsAnError() throws {
    let error = #expect(throws: WorkError.self) { try FigureFiles(write: "", to: "/nowhere/a.svg", search: nil) }
    #expect(error?.code == "io-error")
  }
}
