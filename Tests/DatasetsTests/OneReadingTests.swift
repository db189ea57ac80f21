import Testing

@testable import Archives
@testable import Datasets

/// One archive, one reading: what GNU tar, Python and libarchive would understand differently is refused.
@Suite struct OneReadingTests {
  func cause(_ build: (inout TarBuilder) -> Void) throws -> DatasetError.Cause? {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      build(&tar)
      return try causeOfReading(scratch.write(tar.finished))
    }
  }

  func isAmbiguous(_ build: (inout TarBuilder) -> Void) throws -> Bool {
    if case .ambiguousHeader = try cause(build) { true } else { false }
  }

  static let gnu = "ustar  \u{0}"

  @Test(arguments: [
    ("path", "a/other.png"), ("size", "512"), ("GNU.sparse.size", "1000"), ("mtime", "1"), ("linkpath", "x"),
    ("hdrcharset", "BINARY"),
  ])
  func refusesAGlobalHeaderThatChangesMembers(key: String, value: String) throws {
    let cause = try cause { tar in
      tar.addPax([(key, value)], type: "g")
      tar.add("a/1.png", content: [1])
    }
    guard case .ambiguousHeader(let why) = cause else {
      Issue.record("a global \(key) was ignored")
      return
    }
    #expect(why.contains(key))
  }

  @Test func readsTheCommentThatGitArchiveWrites() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.addPax([("comment", String(repeating: "a1", count: 20))], type: "g")
      tar.add("a/", type: "5")
      tar.add("a/1.png", content: [1])
      #expect(try readAll(scratch.write(tar.finished)).map(\.member.name) == ["a/", "a/1.png"])
    }
  }

  @Test func refusesAGlobalHeaderInsideAMembersHeaders() throws {
    #expect(
      try isAmbiguous { tar in
        tar.addPax([("path", "a/1.png")])
        tar.addPax([("comment", "c")], type: "g")
        tar.add("f", content: [1])
      })
  }

  @Test func refusesASizeThatThePaxHeaderSaysOtherwise() throws {
    // To readers that follow the header the second half is a member of its own.
    var inner = TarBuilder()
    inner.add("hidden/1.png", content: [1])
    #expect(
      try isAmbiguous { tar in
        tar.addPax([("size", "\(inner.bytes.count)")])
        tar.add("f", content: inner.bytes, claimedSize: 0)
      })
    #expect(
      try cause { tar in
        tar.addPax([("size", "3")])
        tar.add("f", content: [1, 2, 3])
      } == nil)
  }

  @Test func refusesAPaxKeyThatStandsTwice() throws {
    #expect(
      try isAmbiguous { tar in
        tar.addPax([("path", "a/1.png"), ("path", "b/1.png")])
        tar.add("f", content: [1])
      })
  }

  @Test(arguments: [
    "9 path=ab\n", "12 path=ab\n", "path=ab\n", "11 path ab\n", "0011 pa=b\n", "11 path=ab.", "7 path=\n", "9 size=x\n",
    "99999999999999999999 path=a\n", "11 path=a\u{0}\n", "8 path=\n", "8 size=\n",
  ])
  func refusesAMalformedPaxRecord(record: String) throws {
    #expect(
      try isAmbiguous { tar in
        tar.add("PaxHeader", type: "x", content: Array(record.utf8))
        tar.add("f", content: [1])
      })
  }

  @Test func refusesTwoNamesForAMember() throws {
    let long = { (tar: inout TarBuilder, name: String) in
      tar.add("././@LongLink", type: "L", content: Array(name.utf8) + [0], magic: Self.gnu)
    }
    #expect(
      try isAmbiguous { tar in
        tar.addPax([("path", "a/1.png")])
        long(&tar, "b/1.png")
        tar.add("f", content: [1])
      })
    #expect(
      try isAmbiguous { tar in
        long(&tar, "a/1.png")
        tar.addPax([("path", "b/1.png")])
        tar.add("f", content: [1])
      })
    #expect(
      try isAmbiguous { tar in
        long(&tar, "a/1.png")
        long(&tar, "b/1.png")
        tar.add("f", content: [1])
      })
    #expect(
      try isAmbiguous { tar in
        tar.addPax([("path", "a/1.png")])
        tar.addPax([("path", "b/1.png")])
        tar.add("f", content: [1])
      })
    #expect(
      try isAmbiguous { tar in
        tar.add("././@LongLink", type: "L", content: Array("a/1.png\u{0}b/2.png\u{0}".utf8), magic: Self.gnu)
        tar.add("f", content: [1])
      })
  }

  @Test func readsGNULongNames() throws {
    try Scratch.run { scratch throws in
      let name = String(repeating: "long/", count: 15) + String(repeating: "n", count: 200)
      var tar = TarBuilder()
      tar.add("././@LongLink", type: "L", content: Array(name.utf8) + [0], magic: Self.gnu)
      tar.add(String(name.prefix(100)), content: [1, 2], magic: Self.gnu)
      tar.add("after", content: [3], magic: Self.gnu)
      #expect(try readAll(scratch.write(tar.finished)).map(\.member.name) == [name, "after"])
    }
  }

  @Test func refusesAnOldGNUSparseFile() throws {
    #expect(try cause { $0.add("f", type: "S", content: [1], magic: Self.gnu) } == .memberSparse)
  }

  @Test(arguments: [
    [
      ("GNU.sparse.size", "9"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.offset", "0"), ("GNU.sparse.numbytes", "1"),
    ],
    [("GNU.sparse.size", "9"), ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "0,1"), ("GNU.sparse.name", "a/b")],
    [("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"), ("GNU.sparse.name", "a/b"), ("GNU.sparse.realsize", "9")],
    [("SCHILY.realsize", "9")],
  ])
  func refusesSparseFilesOfEveryVersion(records: [(String, String)]) throws {
    #expect(
      try cause { tar in
        tar.addPax(records.map { (key: $0.0, value: $0.1) })
        tar.add("f", content: [1])
      } == .memberSparse)
  }

  @Test(arguments: ["M", "V", "D", "N", "A", "X", "Z"] as [Character])
  func refusesTypesThatOnlySomeReadersKnow(type: Character) throws {
    let cause = try cause { tar in
      tar.add("pets/cats/00.png", type: type, magic: Self.gnu)
      tar.add("f", content: [1])
    }
    guard case .memberKind = cause else {
      Issue.record("type \(type) was read")
      return
    }
  }

  @Test func refusesBytesThatSomeReadersTakeForTheFrontOfAName() throws {
    for magic in [Self.gnu, ""] {
      #expect(try isAmbiguous { $0.add("1.png", content: [1], magic: magic, prefix: Array("dogs".utf8)) })
      #expect(try cause { $0.add("a/1.png", content: [1], magic: magic) } == nil)
    }
    #expect(try isAmbiguous { $0.add("1.png", content: [1], prefix: Array("cats\u{0}dogs".utf8)) })
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("1.png", content: [1], prefix: Array("cats".utf8))
      #expect(try readAll(scratch.write(tar.finished)).map(\.member.name) == ["cats/1.png"])
    }
  }

  @Test func refusesACharacterSetOfItsOwn() throws {
    #expect(
      try isAmbiguous { tar in
        tar.addPax([("hdrcharset", "ISO-IR 8859 1 1998"), ("path", "a/1.png")])
        tar.add("f", content: [1])
      })
  }

  @Test func refusesArchivesThatWereJoined() throws {
    try Scratch.run { scratch throws in
      var (one, two) = (TarBuilder(), TarBuilder())
      one.add("a/1.png", content: [1])
      two.add("a/1.png", content: [2])
      #expect(try causeOfReading(scratch.write(one.finished + two.finished)) == .trailingData)
      // After one block of zeros some readers go on.
      #expect(
        try causeOfReading(scratch.write(one.bytes + [UInt8](repeating: 0, count: 512) + two.finished))
          == .missingEndOfArchive)
    }
  }
}
