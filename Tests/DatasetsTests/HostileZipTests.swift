import Foundations
import Testing

@testable import Archives
@testable import Datasets

@Suite struct HostileZipTests {
  func cause(limits: InputLimits = InputLimits(), _ zip: ZipBuilder) throws -> DatasetError.Cause? {
    try Scratch.run { scratch throws in try causeOfReading(scratch.write(zip.finished), limits: limits) }
  }

  func cause(limits: InputLimits = InputLimits(), _ build: (inout ZipBuilder) -> Void) throws -> DatasetError.Cause? {
    var zip = ZipBuilder()
    build(&zip)
    return try cause(limits: limits, zip)
  }

  // MARK: - Names

  @Test(arguments: ["../evil", "set/../../evil", "..", "/etc/passwd"]) func refusesAZipSlipPath(name: String) throws {
    #expect(try cause { $0.add(name, content: [1]) } == (name.hasPrefix("/") ? .nameAbsolute : .nameEscapes))
  }

  @Test func refusesAZipSlipPathInAUnicodeName() throws {
    let (old, name) = (Array("harmless".utf8), Array("../evil".utf8))
    let field = ZipBuilder.little([(0x7075, 2), (5 + name.count, 2), (1, 1), (Int(PNGBuilder.crc32(old)), 4)]) + name
    #expect(try cause { $0.add(old, content: [1]) { $0.extra = field } } == .nameEscapes)
  }

  @Test(arguments: ["set\\evil.png", "..\\evil"]) func refusesABackslash(name: String) throws {
    #expect(try isAmbiguous(cause { $0.add(name, content: [1]) }))
  }

  @Test func refusesANameWithANULOrAnotherCharset() throws {
    #expect(try cause { $0.add("a.png\u{0}.txt", content: [1]) } == .nameNotText)
    #expect(try cause { $0.add([0x4B, 0x84, 0x73, 0x65], content: [1]) } == .nameNotText)
    #expect(try cause { $0.add([UInt8](), content: [1]) } == .nameEmpty)
  }

  @Test(arguments: ["a/1.png", "./a/1.png", "a//1.png"]) func refusesTheSameNameTwice(name: String) throws {
    try Scratch.run { scratch throws in
      var zip = ZipBuilder()
      zip.add("a/1.png", content: PNGBuilder.plain(1))
      zip.add(name, content: PNGBuilder.plain(2))
      #expect(try errorOfSurveying(scratch.write(zip.finished))?.code == "duplicate-member")
    }
  }

  // MARK: - Members

  @Test func refusesSymbolicLinksAndDevices() throws {
    for (mode, kind) in [
      (0o120777, "symbolic link"), (0o020644, "character device"), (0o060644, "block device"), (0o010644, "fifo"),
      (0o140644, "socket"),
    ] { #expect(try cause { $0.add("x", content: [1]) { $0.mode = mode } } == .memberKind(kind)) }
  }

  /// Whatever system it says that it was made on.
  @Test func refusesALinkThatSaysItIsFromWindows() throws {
    #expect(
      try cause {
        $0.add("x", content: [1]) { ($0.mode, $0.madeBy) = (0o120777, 20) }
      } == .memberKind("symbolic link"))
  }

  @Test func refusesAFolderThatIsAFile() throws {
    #expect(try isAmbiguous(cause { $0.add("d/", content: [1]) }))
    #expect(try isAmbiguous(cause { $0.add("d/") { $0.mode = 0o100644 } }))
    #expect(try isAmbiguous(cause { $0.add("d") { $0.mode = 0o040755 } }))
  }

  @Test(arguments: [1, 0x41, 0x2000]) func refusesAnEncryptedMember(flags: Int) throws {
    #expect(try cause { $0.add("x", content: [1]) { ($0.flags, $0.localFlags) = (flags, flags) } } == .encrypted)
    #expect(try cause { $0.add("x", content: [1]) { ($0.method, $0.localMethod) = (99, 99) } } == .encrypted)
  }

  @Test func namesTheMethodThatIsNotRead() throws {
    for (method, name) in [(9, "Deflate64"), (12, "bzip2"), (14, "LZMA"), (93, "zstd"), (95, "xz"), (77, "method 77")] {
      let found = try cause { $0.add("x", content: [1]) { ($0.method, $0.localMethod) = (method, method) } }
      #expect(found == .compressionMethod(name))
    }
  }

  @Test func refusesTooManyAndTooLargeMembers() throws {
    var limits = InputLimits()
    (limits.members, limits.batchMemberBytes) = (3, 100)
    #expect(try cause(limits: limits) { zip in (0..<4).forEach { zip.add("\($0)") } } == .tooManyMembers(limit: 3))
    #expect(
      try cause(limits: limits) { $0.add("x", content: [UInt8](repeating: 1, count: 101)) }
        == .memberTooLarge(bytes: 101, limit: 100))
  }

  // MARK: - Sizes

  /// 42.zip in many layers (one is in HostileContainerTests): nothing is looked for in archives in an archive.
  @Test func refusesArchivesInAnArchive() throws {
    try Scratch.run { scratch throws in
      var inner = ZipBuilder()
      inner.add("0.png", content: PNGBuilder.plain(1))
      var zip = ZipBuilder()
      zip.add("lib 0.zip", content: inner.finished)
      let error = try errorOfSurveying(scratch.write(zip.finished))
      #expect(error?.cause == .foreignSamples(.zip) && error?.member == "lib 0.zip")
    }
  }

  /// David Fifield's: many entries of the directory and one member.
  @Test func refusesMembersThatShareTheirBytes() throws {
    var zip = ZipBuilder()
    for name in ["a", "b"] { zip.add(name, content: [UInt8](repeating: 1, count: 200)) }
    zip.entries[1].offset = 0
    #expect(try cause(zip) == .overlappingMembers)
    // One that holds the header of the next within it.
    var quoting = ZipBuilder()
    quoting.add("a", content: [UInt8](repeating: 1, count: 200))
    quoting.add("b", content: [UInt8](repeating: 1, count: 200))
    quoting.entries[0].compressed += 60
    quoting.entries[0].localCompressed += 60
    #expect(try cause(quoting) == .overlappingMembers)
  }

  @Test(arguments: [false, true]) func refusesLyingSizes(deflated: Bool) throws {
    let content = [UInt8](repeating: 1, count: 200)
    for claimed in [0, 199, 201, 1 << 30] {
      let found = try cause {
        $0.add("x", content: content, deflated: deflated) { ($0.size, $0.localSize) = (claimed, claimed) }
      }
      #expect(found == .wrongMemberSize(claimed: claimed))
    }
  }

  @Test func refusesDeflatedContentThatEndsElsewhere() throws {
    let content = [UInt8](repeating: 1, count: 200)
    for change in [-1, 3] {
      let found = try cause {
        $0.add("x", content: content, deflated: true) { entry in
          if change < 0 { entry.body.removeLast() } else { entry.body += [1, 2, 3] }
          (entry.compressed, entry.localCompressed) = (entry.body.count, entry.body.count)
        }
      }
      #expect(found.map { if case .corrupt = $0 { true } else { false } } == true)
    }
  }

  @Test func refusesAWrongCheckSum() throws {
    let found = try cause { $0.add("x", content: [1, 2]) { ($0.crc, $0.localCRC) = (5, 5) } }
    #expect(found == .corrupt("zip: wrong check sum"))
  }

  // MARK: - One reading

  @Test func refusesAHeaderThatTheDirectoryContradicts() throws {
    let changes: [(inout ZipBuilder.Entry) -> Void] = [
      { $0.localName[0] ^= 1 }, { $0.localName.append(65) }, { $0.localMethod = 8 }, { $0.localCRC ^= 1 },
      { $0.localSize += 1 }, { $0.localCompressed += 1 }, { $0.localFlags = 1 }, { $0.localSize = 0xFFFF_FFFF },
    ]
    for change in changes {
      #expect(try isAmbiguous(cause { $0.add("x", content: [1, 2], change) }))
    }
  }

  @Test func refusesMembersThatTheDirectoryLeavesOut() throws {
    var zip = ZipArchiveTests.pets()
    let hidden = ZipArchiveTests.pets().finished
    zip.gap = Array(hidden.prefix(200))
    #expect(try isAmbiguous(cause(zip)))
    zip.gap = []
    zip.entries[1].behind = Array(hidden.prefix(200))
    #expect(try isAmbiguous(cause(zip)))
    // What a program that unpacks itself has in front.
    zip.entries[1].behind = []
    zip.front = Array("PK\u{3}\u{4}".utf8)
    #expect(try isAmbiguous(cause(zip)))
  }

  @Test func refusesADirectoryInAnotherOrder() throws {
    var zip = ZipBuilder()
    for name in ["a", "b"] { zip.add(name, content: [1, 2, 3]) }
    zip.entries[0].offset = 34
    zip.entries[1].offset = 0
    #expect(try isAmbiguous(cause(zip)))
  }

  @Test(arguments: [-1, 1, 100]) func refusesAWrongNumberOfEntries(lie: Int) throws {
    var zip = ZipArchiveTests.pets()
    zip.countLie = lie
    #expect(try cause(zip).map { if case .corrupt = $0 { true } else { false } } == true)
  }

  @Test func refusesASecondEndInTheComment() throws {
    var zip = ZipArchiveTests.pets()
    zip.comment = ZipBuilder().finished
    // The last end counts, and before it is no directory.
    #expect(try isAmbiguous(cause(zip)))
    zip.comment += [1]
    #expect(try cause(zip) == .trailingData)
  }

  @Test func refusesBytesAfterTheEnd() throws {
    try Scratch.run { scratch throws in
      #expect(try causeOfReading(scratch.write(ZipArchiveTests.pets().finished + [1])) == .trailingData)
    }
  }

  @Test func refusesOnePartOfASplitArchive() throws {
    try Scratch.run { scratch throws in
      var bytes = ZipArchiveTests.pets().finished
      bytes[bytes.count - 18] = 1
      #expect(try causeOfReading(scratch.write(bytes)) == .splitArchive)
    }
  }

  @Test(arguments: [0.02, 0.3, 0.7, 0.99]) func refusesATruncatedArchive(share: Double) throws {
    try Scratch.run { scratch throws in
      let bytes = ZipArchiveTests.pets().finished
      let cut = try causeOfReading(scratch.write(Array(bytes.prefix(Int(Double(bytes.count) * share)))))
      #expect(cut == .missingDirectory || cut == .truncated || cut == .unknownContainer)
    }
  }

  @Test func saysFileMemberRuleAndWayOut() throws {
    try Scratch.run { scratch throws in
      var zip = ZipBuilder()
      zip.add("pets/secret.png", content: [1]) { ($0.flags, $0.localFlags) = (1, 1) }
      let path = try scratch.write(zip.finished)
      let error = try #require(try errorOfSurveying(path))
      let text = "\(error)"
      #expect(text.hasPrefix("\(path): pets/secret.png: the member is encrypted") && text.contains("zip -r"))
      #expect(error.isRefusal)
    }
  }

  @Test func survivesRandomDamage() throws {
    try Scratch.run { scratch throws in
      var zip = ZipArchiveTests.pets()
      zip.hasLargeEnd = true
      let whole = zip.finished
      var draws = Draws(7, UInt64(whole.count))
      for _ in 0..<500 {
        var bytes = whole
        for _ in 0...draws.below(4) { bytes[draws.below(bytes.count)] = UInt8(truncatingIfNeeded: draws.next()) }
        if draws.below(3) == 0 { bytes.removeLast(draws.below(bytes.count)) }
        // Anything but a crash: a survey, or an error of ours.
        _ = try errorOfSurveying(scratch.write(bytes))
      }
    }
  }
}
