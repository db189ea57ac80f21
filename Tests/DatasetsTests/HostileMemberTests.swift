import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct HostileMemberTests {
  func cause(limits: InputLimits = InputLimits(), _ build: (inout TarBuilder) -> Void) throws -> DatasetError.Cause? {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      build(&tar)
      return try causeOfReading(scratch.write(tar.finished), limits: limits)
    }
  }

  @Test(arguments: ["../evil", "set/../../evil", "set/..", ".."])
  func refusesAZipSlipPath(name: String) throws {
    #expect(try cause { $0.add(name, content: [1]) } == .nameEscapes)
  }

  @Test func allowsDotsThatDoNotEscape() throws {
    #expect(try cause { $0.add("./set/a..b/...", content: [1]) } == nil)
  }

  @Test func refusesAnAbsolutePath() throws {
    #expect(try cause { $0.add("/etc/passwd", content: [1]) } == .nameAbsolute)
  }

  @Test func refusesAZipSlipPathInAPaxHeader() throws {
    #expect(
      try cause {
        $0.addPax([("path", "set/../../evil")])
        $0.add("harmless", content: [1])
      } == .nameEscapes)
  }

  @Test func refusesASymbolicLink() throws {
    #expect(try cause { $0.add("link", type: "2", link: "/etc") } == .memberKind("symbolic link"))
  }

  @Test func refusesAHardLink() throws {
    #expect(
      try cause {
        $0.add("file", content: [1])
        $0.add("link", type: "1", link: "file")
      } == .memberKind("hard link"))
  }

  @Test func refusesDevices() throws {
    #expect(try cause { $0.add("tty", type: "3") } == .memberKind("character device"))
    #expect(try cause { $0.add("disk", type: "4") } == .memberKind("block device"))
  }

  @Test func refusesAFifo() throws {
    #expect(try cause { $0.add("pipe", type: "6") } == .memberKind("fifo"))
  }

  @Test func refusesTooManyMembers() throws {
    var limits = InputLimits()
    limits.members = 10
    #expect(
      try cause(limits: limits) { tar in (0..<11).forEach { tar.add("\($0)") } } == .tooManyMembers(limit: 10))
    #expect(try cause(limits: limits) { tar in (0..<10).forEach { tar.add("\($0)") } } == nil)
  }

  @Test func refusesALongName() throws {
    let name = String(repeating: "n", count: 513)
    #expect(
      try cause {
        $0.addPax([("path", name)])
        $0.add("n", content: [1])
      } == .nameTooLong(bytes: 513, limit: 512))
  }

  @Test func refusesADeepName() throws {
    let deep = Array(repeating: "d", count: 17).joined(separator: "/")
    #expect(try cause { $0.add(deep) } == .nameTooDeep(depth: 17, limit: 16))
    #expect(try cause { $0.add(Array(repeating: "d", count: 16).joined(separator: "/")) } == nil)
  }

  @Test func refusesANameThatIsNotText() throws {
    #expect(try cause { $0.add([0x73, 0xFF, 0xFE], content: [1]) } == .nameNotText)
    #expect(try cause { $0.add("line\nbreak", content: [1]) } == .nameNotText)
    #expect(try cause { $0.add("\u{1B}[31mred", content: [1]) } == .nameNotText)
  }

  @Test func refusesAnEmptyName() throws {
    #expect(try cause { $0.add("", content: [1]) } == .nameEmpty)
  }

  @Test func refusesAHugeMemberClaim() throws {
    // 8 GiB less one byte is the largest number that fits the field.
    let claim = 0o77_777_777_777
    #expect(
      try cause { $0.add("huge", content: [1], claimedSize: claim) }
        == .memberTooLarge(bytes: claim, limit: 4 << 30))
    #expect(
      try cause {
        $0.addPax([("size", "9000000000000000000")])
        $0.add("huge", content: [1])
      } == .memberTooLarge(bytes: 9_000_000_000_000_000_000, limit: 4 << 30))
  }

  @Test func refusesAClaimOfMoreThanThereIs() throws {
    #expect(try cause { $0.add("short", content: [1], claimedSize: 100_000) } == .truncated)
  }

  @Test func refusesAPaxHeaderBomb() throws {
    #expect(
      try cause {
        $0.addPax([("comment", String(repeating: "x", count: 70_000))])
        $0.add("f", content: [1])
      } == .headerTooLarge(limit: 64 << 10))
    #expect(
      try cause {
        $0.addPax([("comment", String(repeating: "x", count: 60_000))])
        $0.add("f", content: [1])
      } == nil)
  }

  @Test func refusesAChainOfGlobalHeaders() throws {
    #expect(
      try cause { tar in
        for _ in 0..<2000 { tar.addPax([("comment", "")], type: "g") }
        tar.add("f", content: [1])
      } == .headerTooLarge(limit: 64 << 10))
  }

  @Test func refusesADirectoryWithContent() throws {
    let cause = try cause { tar in
      tar.add("d/", type: "5", content: [1, 2, 3])
      tar.add("f", content: [1])
    }
    #expect(cause != nil)
  }

  @Test func refusesASparseFile() throws {
    #expect(
      try cause {
        $0.addPax([
          ("GNU.sparse.major", "0"), ("GNU.sparse.minor", "1"), ("GNU.sparse.size", "1000000"),
          ("GNU.sparse.numblocks", "1"), ("GNU.sparse.map", "999999,1"),
        ])
        $0.add("sparse", content: [1])
      } == .memberSparse)
  }

  @Test func refusesAnOversizedMemberThatIsNoBatch() throws {
    try Scratch.run { scratch throws in
      var builder = CIFARBuilder()
      builder.extra = [("readme.html", [UInt8](repeating: 1, count: 5000))]
      var limits = InputLimits()
      limits.memberBytes = 4000
      let error = try errorOfSurveying(scratch.write(builder.tar), limits: limits)
      #expect(error?.cause == .memberTooLarge(bytes: 5000, limit: 4000))
      #expect(error?.member == "cifar-10-batches-bin/readme.html")
    }
  }

  @Test func refusesAnOversizedBatch() throws {
    try Scratch.run { scratch throws in
      var limits = InputLimits()
      limits.batchMemberBytes = 3073 * 19
      let error = try errorOfSurveying(scratch.write(CIFARBuilder().tar), limits: limits)
      #expect(error?.cause == .memberTooLarge(bytes: 3073 * 20, limit: 3073 * 19))
      #expect(error?.limit == 3073 * 19)
    }
  }

  @Test func describesAFaultInOneLine() throws {
    try Scratch.run { scratch throws in
      var tar = TarBuilder()
      tar.add("evil\nname", content: [1])
      let path = try scratch.write(tar.finished)
      let error = #expect(throws: DatasetError.self) { try readAll(path) }
      let text = try #require(error.map { "\($0)" })
      #expect(text.hasPrefix(path))
      #expect(text.contains(#"evil\u{a}name"#))
      #expect(!text.contains("\n"))
    }
  }
}
