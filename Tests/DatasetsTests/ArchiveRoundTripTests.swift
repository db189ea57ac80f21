import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct ArchiveRoundTripTests {
  static let members: [ReadMember] = [
    ReadMember(
      member: ArchiveMember(name: "set/", kind: .directory, size: 0, modified: 7, isExecutable: true), content: []),
    ReadMember(member: ArchiveMember(name: "set/empty", size: 0, modified: 0), content: []),
    ReadMember(
      member: ArchiveMember(name: "./set/run.sh", size: 3, modified: 1_700_000_000, isExecutable: true),
      content: Array("abc".utf8)),
    ReadMember(
      member: ArchiveMember(name: "set/blocks", size: 700_000, modified: 1),
      content: (0..<700_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }),
    ReadMember(
      member: ArchiveMember(name: "set/Käse/日本語.txt", size: 1, modified: 1), content: [1]),
    ReadMember(
      member: ArchiveMember(name: String(repeating: "l", count: 300), size: 2, modified: 1), content: [1, 2]),
  ]

  func write(_ path: String, _ container: ArchiveContainer) throws -> (bytes: Int, digest: HexDigest) {
    let writer = try ArchiveWriter(path: path, container: container)
    for member in Self.members { try writer.add(member.member, content: member.content) }
    let (bytes, digest, _) = try writer.finish()
    return (bytes, digest)
  }

  @Test(arguments: ArchiveContainer.flat)
  func readsBackWhatItWrote(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      let written = try write(scratch.file("a"), container)
      var members = try readAll(scratch.file("a"))
      for place in members.indices { members[place].member.zip = nil }
      #expect(members == Self.members)
      let bytes = try scratch.read("a")
      #expect(bytes.count == written.bytes)
      #expect(HexDigest(of: bytes) == written.digest)
      #expect(ArchiveContainer(head: Array(bytes.prefix(512))) == container)
    }
  }

  @Test(arguments: ArchiveContainer.flat)
  func writesTheSameBytesTwice(container: ArchiveContainer) throws {
    try Scratch.run { scratch throws in
      let first = try write(scratch.file("a"), container)
      let second = try write(scratch.file("b"), container)
      #expect(first.digest == second.digest)
      #expect(try scratch.read("a") == scratch.read("b"))
    }
  }

  @Test func writesPlainUstarHeadersWithoutOwners() throws {
    try Scratch.run { scratch throws in
      let writer = try ArchiveWriter(path: scratch.file("a"), container: .tar)
      try writer.add(ArchiveMember(name: "f", size: 1, modified: 8), content: [9])
      _ = try writer.finish()
      let bytes = try scratch.read("a")
      #expect(bytes.count % 10240 == 0)
      let members = parseTar(bytes)
      #expect(members.map(\.name) == ["f"])
      let header = try #require(members.first?.header)
      #expect(header[257..<262].elementsEqual("ustar".utf8))
      #expect(header[265..<345].allSatisfy { $0 == 0 || $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: " ") })
      #expect(header[108..<124].allSatisfy { $0 == 0 || $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: " ") })
      #expect(String(decoding: header[100..<106], as: UTF8.self) == "000644")
    }
  }

  @Test func gzipHeaderHasNeitherTimeNorName() throws {
    try Scratch.run { scratch throws in
      _ = try write(scratch.file("a"), .tarGzip)
      // Magic, deflate, no flags, no time, no extra flags, Unix.
      #expect(try scratch.read("a").prefix(10).elementsEqual([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3]))
    }
  }

  @Test func writesToAFullDiskOnlyWithATransientError() throws {
    let writer = try ArchiveWriter(path: "/dev/full", container: .tar)
    let error = #expect(throws: DatasetError.self) {
      let content = [UInt8](repeating: 1, count: 4 << 20)
      try writer.add(ArchiveMember(name: "f", size: content.count, modified: 0), content: content)
      _ = try writer.finish()
    }
    #expect(error?.isTransient == true)
    #expect(error?.file == "/dev/full")
  }

  @Test func readsGzipStreamsInARow() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("f", content: [1, 2, 3])
      let stream = tar.finished
      let first = try scratch.write(Array(stream[..<700]), in: .tarGzip, as: "1")
      let second = try scratch.write(Array(stream[700...]), in: .tarGzip, as: "2")
      _ = (first, second)
      let joined = try scratch.read("1") + scratch.read("2") + [0, 0, 0]
      #expect(try readAll(scratch.write(joined)).map(\.content) == [[1, 2, 3]])
    }
  }

  @Test func abandonedWriterLeavesNoCompleteArchive() throws {
    try Scratch.run { scratch throws in
      do {
        let writer = try ArchiveWriter(path: scratch.file("a"), container: .tarGzip)
        try writer.add(ArchiveMember(name: "f", size: 1, modified: 0), content: [1])
      }
      #expect(try causeOfReading(scratch.file("a")) != nil)
    }
  }
}
