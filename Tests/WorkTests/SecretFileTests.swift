import Evidence
import Foundation
import Foundations
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

  @Test func aSecretKeyIsNeverWrittenOverAnother() throws {
    let name = directory.file("owner")
    _ = try OwnerKeyFiles(name: name)
    #expect(try mode(name + ".key") == 0o600)
    let before = try Data(contentsOf: URL(fileURLWithPath: name + ".key"))
    #expect(throws: WorkError.alreadyThere(path: name + ".key")) { _ = try OwnerKeyFiles(name: name) }
    #expect(throws: SystemCall.Failure(path: name + ".key", operation: "create", errno: EEXIST)) {
      try DurableFile(name + ".key").create(Array("another".utf8))
    }
    #expect(try Data(contentsOf: URL(fileURLWithPath: name + ".key")) == before)
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
