import Archives
import Datasets
import Evidence
import Foundation
import Foundations
import Glibc
import Jobs
import NeuralNet
import Testing
import Watermarks

@testable import Audits
@testable import EvidencePackages
@testable import Fixtures
@testable import Releases
@testable import Work

/// Files that are not what their names say, where a stranger's package is read.
@Suite(.serialized) struct HostileFilesTests {
  enum Kind: CaseIterable, Sendable {
    case fifo, device, link, sparse

    /// Puts one in a file's place.
    func replace(_ path: String) throws {
      try? FileManager.default.removeItem(atPath: path)
      switch self {
      case .fifo: try #require(mkfifo(path, 0o600) == 0)
      case .device: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/dev/zero")
      case .link: try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/etc/passwd")
      case .sparse:
        try Data("{".utf8).write(to: URL(fileURLWithPath: path))
        try #require(truncate(path, 1 << 40) == 0)
      }
    }
  }

  @Test(arguments: Kind.allCases) func aReleaseWhoseFilesAreNoneIsRefusedAndNotReadForEver(kind: Kind) throws {
    let fixture = try Fixture.shared.get()
    let directory = try TemporaryDirectory()
    let release = try ReleaseWork(fixture.releaseSpec(in: directory), WorkContext(threads: 2)).run().directory
    _ = try OwnerKeyFiles(name: directory.file("owner"))
    func verify(_ name: String, owner: String? = nil) throws -> ReleaseVerification {
      let copy = try TemporaryDirectory()
      let bent = copy.file("release-drawn-1")
      try FileManager.default.copyItem(atPath: release, toPath: bent)
      try kind.replace("\(bent)/\(name)")
      return try ReleaseVerification(
        directory: bent, vault: nil, original: nil, ownerKey: owner, limits: InputLimits())
    }
    #expect(throws: WorkError.self) { try verify("release.json") }
    for name in ["manifest-sha256.txt", "tagmanifest-sha256.txt", "bag-info.txt", "data/drawn.tar.gz"] {
      let check = try #require(try verify(name).checks.first)
      #expect(!check.holds && check.detail.contains(name), "\(name): \(check.detail)")
      #expect(check.detail.utf8.count < 1000)
    }
    #expect(throws: WorkError.self) { try verify("release.json.minisig", owner: directory.file("owner.pub")) }
    let key = directory.file("bent.pub")
    try kind.replace(key)
    #expect(throws: WorkError.self) { try OwnerPublicKey(file: key) }
  }

  @Test(arguments: Kind.allCases) func anEvidencePackageWhoseFilesAreNoneIsRefused(kind: Kind) throws {
    for name in EvidencePackage.names where !(kind == .sparse && name == EvidencePackage.transcript) {
      let directory = try TemporaryDirectory()
      try kind.replace(directory.file(name))
      #expect(throws: WorkError.self, "\(name)") { try EvidenceFiles(path: directory.path) }
    }
  }

  @Test func anEvidencePackageOfBigMembersCostsNoMemory() throws {
    for name in EvidencePackage.names where name != EvidencePackage.transcript {
      let directory = try TemporaryDirectory()
      let path = directory.file("package.tar")
      let writer = try ArchiveWriter(path: path, container: .tar)
      try writer.add(
        ArchiveMember(name: "evidence/\(name)", size: 40 << 20, modified: 0),
        content: [UInt8](repeating: UInt8(ascii: " "), count: 40 << 20))
      _ = try writer.finish()
      let error = #expect(throws: WorkError.self, "\(name)") { try EvidenceFiles(path: path) }
      #expect(error?.description.contains("the limit is") == true, "\(name)")
    }
  }

  @Test(arguments: [Kind.fifo, .device, .sparse]) func answersThatAreNoFileAreRefused(kind: Kind) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("answers.csv")
    try kind.replace(path)
    #expect(throws: WorkError.self) { try AnswerTable(file: path, classes: ["a", "b"]) }
    #expect(throws: WorkError.self) { try AnswerTable.firstName(in: path) }
  }

  @Test func anAnswerToNoQuestionIsRefusedWhenItComes() throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("answers.csv")
    try "x,1\ny,1\n".write(toFile: path, atomically: true, encoding: .utf8)
    var seen: [String] = []
    #expect(throws: WorkError.stopped) {
      try AnswerTable(
        file: path, classes: ["a", "b"],
        check: {
          seen.append($0)
          throw WorkError.stopped
        })
    }
    #expect(seen == ["x"])
  }

  @Test(arguments: ["\n", "\r\n", "\r"]) func linesOfAnswersEndAsAnyProgramEndsThem(ending: String) throws {
    let directory = try TemporaryDirectory()
    let path = directory.file("answers.csv")
    let text = ["\u{FEFF}name,label", "x,1", "", "y,a"].joined(separator: ending)
    try text.write(toFile: path, atomically: true, encoding: .utf8)
    #expect(
      try AnswerTable(file: path, classes: ["a", "b"]).answers == ["x": .label(1), "y": .label(0)])
    try (text + ending + "x,0").write(toFile: path, atomically: true, encoding: .utf8)
    let error = #expect(throws: WorkError.self) { try AnswerTable(file: path, classes: ["a", "b"]) }
    #expect(error?.description.contains("line 5, “x”: answered twice") == true)
  }

  @Test func verificationStopsWhereItIs() throws {
    let fixture = try Fixture.shared.get()
    let directory = try TemporaryDirectory()
    let release = try ReleaseWork(fixture.releaseSpec(in: directory), WorkContext(threads: 2)).run().directory
    #expect(throws: WorkError.stopped) {
      try ReleaseVerification(
        directory: release, vault: nil, original: nil, limits: InputLimits(),
        WorkContext(threads: 1, stopRequested: { true }))
    }
  }
}

/// Names that would move a terminal's cursor or write a line of their own, through everything that is said of a failure.
@Suite struct HostileNamesTests {
  static let names = [
    "\u{1B}[2J\u{1B}[H", "x\nok    every file has the digest that the manifests state", "a\rb", "\u{9B}31m",
    "gnp.\u{202E}exe", "\u{2066}a\u{2069}", "ca\u{200B}t", "a\u{2028}b", "a\u{7F}\u{8}b", "cat\u{3164}",
  ]

  @Test(arguments: names) func noErrorPassesThemOn(name: String) {
    let errors: [any Error & CustomStringConvertible] = [
      WorkError.missing(path: name), WorkError.malformed(path: name, reason: name),
      WorkError.unknownClass(name, archive: name, classes: [name]),
      WorkError.unknownAnswers(path: "", name: name, vault: ""),
      WorkError.otherRelease(path: "", reason: name),
      WorkError.ambiguousRelease(vault: "", archive: "", releases: [name]),
      WorkError.unaskable(suspect: name, reason: name), WorkError.io(path: name, operation: "open", errno: 2),
      DatasetError(.corrupt(name), file: name, member: name), DatasetError(.misplacedImage(name), file: ""),
      DatasetError(.classNames(name), file: ""), DatasetError(.missingMembers([name]), file: ""),
      DatasetError(.tooManyBadSamples(bad: 1, of: 2, share: 0, first: name), file: ""),
      DatasetError(.memberKind(name), file: ""), DatasetError(.badImage(.corrupt(name)), file: ""),
      NeuralNetError.missingTensor(source: name, tensor: name, expected: []),
      NeuralNetError.wronglyTypedTensor(source: "", tensor: "", expected: "F32", found: name),
      NeuralNetError.badMetadata(source: "", key: name, reason: name),
      NeuralNetError.invalidDefinition(architecture: name, reason: ""),
      NeuralNetError.malformedHeader(path: "", reason: name),
      WatermarkError.notAGenerator(path: name, reason: name), WatermarkError.noHead(architecture: name),
    ]
    for error in errors {
      #expect(Self.isHarmless(error.description), "\(error.description)")
      #expect(Self.isHarmless(JobFailure(error, stage: "command").message))
    }
    // An error that nobody has described.
    struct Unknown: Error { var name: String }
    #expect(Self.isHarmless(JobFailure(Unknown(name: name), stage: "command").message))
  }

  @Test(arguments: names) func noTablePassesThemOn(name: String) {
    for line in TextTable([["member", "reason"], [name, name]]).lines { #expect(Self.isHarmless(line)) }
    #expect(throws: Never.self) {
      let json = try CanonicalJSON.line(["name": name])
      #expect(Self.isHarmless(json))
      #expect(try CanonicalJSON.decode([String: String].self, from: json.utf8) == ["name": name])
    }
  }

  private static func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: false
      default: scalar != "\u{3164}"
      }
    }
  }
}
