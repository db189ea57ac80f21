import Crypto
import Foundation
import Foundations
import Testing

@testable import Evidence

@Suite struct OpeningTests {
  private func statement(samples: Int) -> ReleaseStatement {
    ReleaseStatement(
      generator: HexDigest(bytes: [UInt8](repeating: 7, count: 32)),
      source: HexDigest(bytes: [UInt8](repeating: 8, count: 32)), claim: .targeted(at: 1), epsilon: 8, seed: 5,
      samples: samples,
      markedSamples: 2)
  }

  @Test(arguments: [1, 2, 3, 5, 8, 13, 100])
  func everyLeafLeadsToThePublishedRoot(samples: Int) throws {
    let statement = statement(samples: samples)
    let mark = HexDigest(bytes: [UInt8](repeating: 9, count: 32))
    for index in Set([0, samples / 2, samples - 1]) {
      let marks = [index: mark]
      let opening = CommitmentOpening(statement, marks: marks, opened: [index])
      let root = try ReleaseCommitment.root(of: statement, marks: marks)
      #expect(try opening.root() == root)
    }
  }

  @Test func aProofOfAnotherSampleOrShapeLeadsNowhere() throws {
    let statement = statement(samples: 9)
    let marks = [4: HexDigest(bytes: [UInt8](repeating: 9, count: 32))]
    let opening = CommitmentOpening(statement, marks: marks, opened: [4])
    let encoded = try JSONEncoder().encode(opening)
    let text = String(decoding: encoded, as: UTF8.self)
    for (old, new) in [("\"index\":4", "\"index\":5"), ("\"leaves\":9", "\"leaves\":10")] {
      #expect(text.contains(old))
      let wrong = try JSONDecoder().decode(
        CommitmentOpening.self, from: Data(text.replacingOccurrences(of: old, with: new).utf8))
      let root = try wrong.root()
      #expect(root == nil)
    }
    let short = MerkleProof(index: 0, leaves: 4, path: [])
    #expect(short.root(of: statement.generator) == nil)
    let endless = MerkleProof(index: .max - 1, leaves: .max, path: [])
    #expect(endless.root(of: statement.generator) == nil)
  }

  @Test func aKeySurvivesItsFileAndSignsWhatMinisignReads() throws {
    let key = OwnerKey()
    let again = try OwnerKey(text: key.text)
    let signature = try again.minisig(of: Array("content".utf8), trusted: "timestamp:1\tfile:x")
    let publicKey = try OwnerPublicKey(text: key.publicKey.text)
    #expect(try publicKey.verifies(minisig: signature, of: Array("content".utf8)))
    let other = try publicKey.verifies(minisig: signature, of: Array("contents".utf8))
    #expect(!other)
    let forged = signature.replacingOccurrences(of: "timestamp:1", with: "timestamp:2")
    let believed = try publicKey.verifies(minisig: forged, of: Array("content".utf8))
    #expect(!believed)
    let stranger = try OwnerKey().publicKey.verifies(minisig: signature, of: Array("content".utf8))
    #expect(!stranger)
    #expect(signature.split(separator: "\n").count == 4)
  }

  @Test(arguments: ["", "untrusted comment: x\nAAAA", "RWQ=\nRWQ=", "untrusted comment: x\n!!!!"])
  func refusesWhatIsNoKey(text: String) {
    #expect(throws: EvidenceError.self) { try OwnerKey(text: text) }
    #expect(throws: EvidenceError.self) { try OwnerPublicKey(text: text) }
  }

  private static let minisign = "/usr/bin/minisign"

  /// A program that nobody here wrote reads our files.
  @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: minisign), "minisign is not installed"))
  func minisignAcceptsOurSignaturesAndNoOthers() throws {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: directory) }
    let key = OwnerKey()
    let content = Array("{\"a\":1}\n".utf8)
    try Data(content).write(to: directory.appendingPathComponent("f"))
    try Data(key.publicKey.text.utf8).write(to: directory.appendingPathComponent("owner.pub"))
    let signature = try key.minisig(of: content, trusted: "timestamp:1\tfile:f")
    for (text, code) in [(signature, Int32(0)), (signature.replacingOccurrences(of: "file:f", with: "file:g"), 1)] {
      try Data(text.utf8).write(to: directory.appendingPathComponent("f.minisig"))
      let process = Process()
      process.executableURL = URL(fileURLWithPath: Self.minisign)
      process.arguments = ["-Vm", "f", "-p", "owner.pub"]
      process.currentDirectoryURL = directory
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      process.waitUntilExit()
      #expect(process.terminationStatus == code)
    }
  }
}
