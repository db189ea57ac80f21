import Evidence
import Foundation
import Jobs
import Testing

@testable import Fixtures
@testable import Work

@Suite struct OwnerKeyTests {
  @Test func theSecretKeyIsNotTakenForThePublicOne() throws {
    let directory = try TemporaryDirectory()
    let files = try OwnerKeyFiles(name: directory.file("owner"))
    #expect(try OwnerPublicKey(file: directory.file("owner.pub")).name == files.identifier)
    let secret = directory.file("owner.key")
    let error = #expect(throws: WorkError.secretKey(path: secret)) { try OwnerPublicKey(file: secret) }
    #expect(error?.description == "\(secret) is the secret key; the public one is \(directory.file("owner.pub"))")
    #expect(JobFailure(WorkError.secretKey(path: secret), stage: "command").exitCode == 3)
  }

  @Test(arguments: [[0xFF, 0xFE, 0x00, 0x80], [], Array("untrusted comment: x\nAAAA\n".utf8)])
  func whatIsNoKeyIsSaidToBeNone(content: [UInt8]) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("owner.pub")
    try Data(content).write(to: URL(fileURLWithPath: path))
    #expect(throws: WorkError.malformed(path: path, reason: "not a public key file")) { try OwnerPublicKey(file: path) }
    #expect(throws: WorkError.missing(path: path + "x")) { try OwnerPublicKey(file: path + "x") }
  }
}
