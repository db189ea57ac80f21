import Foundation
import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct ZipArchiveTests {
  /// Two classes of pictures, every second member deflated.
  static func pets(_ change: (inout ZipBuilder) -> Void = { _ in }) -> ZipBuilder {
    var zip = ZipBuilder()
    zip.add("pets/cats/")
    for (number, name) in ["cats/0", "cats/1", "dogs/0", "dogs/1"].enumerated() {
      zip.add("pets/\(name).png", content: PNGBuilder.plain(UInt8(40 * number)), deflated: number % 2 == 1)
    }
    zip.add("pets/README.txt", content: Array("two kinds of animals".utf8), deflated: true) { $0.mode = 0o100755 }
    change(&zip)
    return zip
  }

  @Test func readsStoredAndDeflatedMembersInTheirOrder() throws {
    try Scratch.run { scratch throws in
      let path = try scratch.write(Self.pets().finished)
      let members = try readAll(path)
      #expect(members.map(\.member.name) == ["pets/cats/"] + Self.pets().entries.dropFirst().map { text($0.name) })
      #expect(members.last?.content == Array("two kinds of animals".utf8))
      #expect(members.map(\.member.isExecutable) == [true, false, false, false, false, true])
      // 2024-01-01 12:00:00, taken for UTC.
      #expect(members.allSatisfy { $0.member.modified == 1_704_110_400 })
      let survey = try DatasetSurvey(file: path)
      #expect(survey.container == .zip && survey.layout == .imageFolder)
      #expect(survey.classNames == ["cats", "dogs"] && survey.labels == [0, 0, 1, 1])
      #expect(survey.digest == HexDigest(of: try scratch.read("archive")))
    }
  }

  @Test func aReleaseOfAZipIsAZipWithTheSameMembers() throws {
    try Scratch.run { scratch throws in
      let path = try scratch.write(
        Self.pets { zip in
          zip.entries[1].extra = ZipBuilder.little([(0x5455, 2), (5, 2), (1, 1), (1_700_000_001, 4)])
          zip.comment = Array("a comment".utf8)
        }.finished)
      let survey = try DatasetSurvey(file: path)
      let result = try ArchiveRewriter(survey, batch: 2, budget: nil).rewrite(
        to: scratch.file("out"), choose: { $0 == 1 || $0 == 2 },
        marker: { pixels, _ in pixels = pixels.map { $0 &+ 1 } })
      let (before, after) = (try readAll(path), try readAll(scratch.file("out")))
      #expect(before.map(\.member.name) == after.map(\.member.name))
      #expect(before.map(\.member.zip) == after.map(\.member.zip))
      #expect(before.map(\.member.modified) == after.map(\.member.modified))
      #expect(before[1].member.modified == 1_700_000_001)
      let changed = before.indices.filter { before[$0].content != after[$0].content }
      #expect(changed == [2, 3] && result.marked.map(\.index) == [1, 2])
      #expect(try DatasetSurvey(file: scratch.file("out")).labels == survey.labels)
      let comparison = try ArchiveComparison(
        original: survey, released: DatasetSurvey(file: scratch.file("out")), marked: [1, 2])
      #expect(comparison.firstDifference == nil && comparison.changed == [1, 2])
    }
  }

  @Test func otherProgramsReadWhatIsWritten() throws {
    try Scratch.run { scratch throws in
      let writer = try ArchiveWriter(path: scratch.file("a.zip"), container: .zip)
      for member in ArchiveRoundTripTests.members { try writer.add(member.member, content: member.content) }
      _ = try writer.finish()
      guard FileManager.default.isExecutableFile(atPath: "/usr/bin/unzip") else { return }
      let unzip = Process()
      unzip.executableURL = URL(filePath: "/usr/bin/unzip")
      unzip.arguments = ["-tqq", scratch.file("a.zip")]
      try unzip.run()
      unzip.waitUntilExit()
      #expect(unzip.terminationStatus == 0)
    }
  }

  @Test func readsSizesThatStandBehindAMember() throws {
    try Scratch.run { scratch throws in
      let content = PNGBuilder.plain(9)
      let crc = Int(PNGBuilder.crc32(content))
      for (isSigned, width) in [(true, 4), (false, 4), (true, 8), (false, 8)] {
        var zip = ZipBuilder()
        for name in ["a/1.png", "b/1.png"] {
          zip.add(name, content: content, deflated: true) { entry in
            (entry.flags, entry.localFlags) = (8, 8)
            (entry.localCRC, entry.localCompressed, entry.localSize) = (0, 0, 0)
            entry.behind = isSigned ? Array("PK\u{7}\u{8}".utf8) : []
            entry.behind += ZipBuilder.little([(crc, 4), (entry.compressed, width), (entry.size, width)])
          }
        }
        #expect(try readAll(scratch.write(zip.finished)).map(\.content) == [content, content])
        zip.entries[0].behind[isSigned ? 4 : 0] ^= 1
        #expect(try isAmbiguous(causeOfReading(scratch.write(zip.finished))))
      }
    }
  }

  @Test func readsNumbersOfZip64() throws {
    try Scratch.run { scratch throws in
      var zip = Self.pets()
      zip.hasLargeEnd = true
      let entry = zip.entries[2]
      let sizes = ZipBuilder.little([(1, 2), (16, 2), (entry.size, 8), (entry.compressed, 8)])
      (zip.entries[2].extra, zip.entries[2].localExtra) = (sizes, sizes)
      let none = 0xFFFF_FFFF
      (zip.entries[2].size, zip.entries[2].compressed) = (none, none)
      (zip.entries[2].localSize, zip.entries[2].localCompressed) = (none, none)
      #expect(try DatasetSurvey(file: scratch.write(zip.finished)).count == 4)
      zip.entries[2].extra = []
      #expect(try isAmbiguous(causeOfReading(scratch.write(zip.finished))))
    }
  }

  /// What is larger than may be packed in memory is written as it comes.
  @Test func writesALargeMemberWithItsSizesBehindIt() throws {
    try Scratch.run { scratch throws in
      let size = ZipWriter.memoryBytes + 1
      let writer = try ArchiveWriter(path: scratch.file("a"), container: .zip)
      try writer.begin(ArchiveMember(name: "large", size: size, modified: 0))
      var draws = Draws(1)
      let block = (0..<1 << 16).map { _ in UInt8(truncatingIfNeeded: draws.next()) }
      for at in stride(from: 0, to: size, by: block.count) {
        try writer.write(block.span.extracting(0..<min(block.count, size - at)))
      }
      try writer.add(ArchiveMember(name: "small", size: 1, modified: 0), content: [7])
      _ = try writer.finish()
      #expect(try readAll(scratch.file("a")).map(\.content.count) == [size, 1])
      #expect(try scratch.read("a")[6] == 8)
    }
  }

  /// With and without the flag that says so.
  @Test(arguments: [0, 0x800]) func readsNamesInUTF8(flag: Int) throws {
    try Scratch.run { scratch throws in
      var zip = ZipBuilder()
      zip.add("Käse/日本.txt", content: [1]) { ($0.flags, $0.localFlags) = (flag, flag) }
      #expect(try readAll(scratch.write(zip.finished)).map(\.member.name) == ["Käse/日本.txt"])
    }
  }

  @Test func takesTheUnicodeNameOfInfoZIP() throws {
    try Scratch.run { scratch throws in
      var zip = ZipBuilder()
      let old: [UInt8] = [0x4B, 0x84, 0x73, 0x65]
      let name = Array("Käse".utf8)
      let field = ZipBuilder.little([
        (0x7075, 2), (5 + name.count, 2), (1, 1), (Int(PNGBuilder.crc32(old)), 4),
      ])
      zip.add(old, content: [1]) { $0.extra = field + name }
      #expect(try readAll(scratch.write(zip.finished)).map(\.member.name) == ["Käse"])
      zip.entries[0].name[0] ^= 1
      zip.entries[0].localName[0] ^= 1
      #expect(try isAmbiguous(causeOfReading(scratch.write(zip.finished))))
      zip.entries[0].extra = []
      #expect(try causeOfReading(scratch.write(zip.finished)) == .nameNotText)
    }
  }

  @Test func anEmptyArchiveHasNoLayout() throws {
    try Scratch.run { scratch throws in
      #expect(try errorOfSurveying(scratch.write(ZipBuilder().finished))?.code == "unknown-layout")
    }
  }

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
}

/// Whether readers of zip would disagree.
func isAmbiguous(_ cause: DatasetError.Cause?) -> Bool {
  if case .ambiguousZip = cause { true } else { false }
}
