import Testing

@testable import Inbox
@testable import Service
@testable import ServiceFoundation

@Suite struct SettleTableTests {
  private func file(
    _ path: String = "/i/a.tar", size: Int = 1, modified: Int = 1, inode: UInt64 = 1, ready: Bool = false,
    digest: Bool = false
  ) -> InboxFile {
    InboxFile(
      path: path, stamp: FileStamp(size: size, modified: modified, inode: inode), isDeclaredReady: ready,
      hasDigest: digest)
  }

  @Test func aFileIsReadyOnceItHasStoodStill() {
    var table = SettleTable()
    #expect(table.observe([file()], at: 0, settle: 100).isEmpty)
    #expect(table.observe([file()], at: 99, settle: 100).isEmpty)
    #expect(table.observe([file()], at: 100, settle: 100) == [file()])
  }

  @Test(arguments: [(2, 1, 1), (1, 2, 1), (1, 1, 2)])
  func anyChangeStartsItOver(size: Int, modified: Int, inode: Int) {
    var table = SettleTable()
    let changed = file(size: size, modified: modified, inode: UInt64(inode))
    _ = table.observe([file()], at: 0, settle: 100)
    #expect(table.observe([changed], at: 40, settle: 100).isEmpty)
    #expect(table.observe([changed], at: 139, settle: 100).isEmpty)
    #expect(table.observe([changed], at: 140, settle: 100) == [changed])
  }

  /// A writer that paused for 8 s lost its file in pieces.
  @Test func aWriterThatPausesGetsTwiceItsPause() {
    var table = SettleTable()
    _ = table.observe([file(size: 1)], at: 0, settle: 100)
    _ = table.observe([file(size: 2)], at: 80, settle: 100)
    #expect(table.observe([file(size: 2)], at: 279, settle: 100).isEmpty)
    #expect(table.observe([file(size: 3)], at: 279, settle: 100).isEmpty)
    #expect(table.observe([file(size: 3)], at: 678, settle: 100).isEmpty)
    #expect(table.observe([file(size: 3)], at: 679, settle: 100).count == 1)
    // Said to be complete, it is taken at once.
    #expect(table.observe([file(size: 4, ready: true)], at: 680, settle: 100).count == 1)
  }

  @Test func whatIsNoArchiveIsLeftUntilItChanges() {
    var table = SettleTable()
    _ = table.observe([file()], at: 0, settle: 100)
    #expect(table.observe([file()], at: 100, settle: 100) == [file()])
    table.leave(file())
    #expect(table.observe([file()], at: 100_000, settle: 100).isEmpty)
    #expect(table.nextDue(at: 100_000) == nil)
    #expect(table.observe([file(ready: true)], at: 100_000, settle: 100).count == 1)
    let changed = file(size: 2)
    _ = table.observe([changed], at: 200_000, settle: 100)
    #expect(table.observe([changed], at: 4_000_000, settle: 100) == [changed])
  }

  @Test func theSmallestGoFirst() {
    var table = SettleTable()
    let files = [file("/i/a", size: 20 << 30), file("/i/b", size: 1), file("/i/c", size: 5)]
    _ = table.observe(files, at: 0, settle: 100)
    #expect(table.observe(files, at: 100, settle: 100).map(\.name) == ["b", "c", "a"])
  }

  @Test func goingAwayStartsItOver() {
    var table = SettleTable()
    _ = table.observe([file()], at: 0, settle: 100)
    _ = table.observe([], at: 50, settle: 100)
    #expect(table.observe([file()], at: 120, settle: 100).isEmpty)
  }

  @Test func aReadyFileIsTakenAtOnce() {
    var table = SettleTable()
    #expect(table.observe([file(ready: true)], at: 0, settle: 100).count == 1)
  }

  @Test func aContradictedDigestGetsTheSettleTime() {
    var table = SettleTable()
    let dropped = file(digest: true)
    #expect(table.observe([dropped], at: 0, settle: 100) == [dropped])
    table.contradict(dropped)
    #expect(table.observe([dropped], at: 50, settle: 100).isEmpty)
    #expect(!table.hasSettled(dropped, at: 50))
    #expect(table.observe([dropped], at: 100, settle: 100) == [dropped])
    #expect(table.hasSettled(dropped, at: 100))
    let grown = file(size: 9, digest: true)
    #expect(table.observe([grown], at: 120, settle: 100) == [grown])
  }

  @Test func failuresPutAFileOff() {
    var table = SettleTable()
    _ = table.observe([file(ready: true)], at: 0, settle: 100)
    #expect(table.postpone(file(), at: 0, first: .milliseconds(10), longest: .seconds(1)) == 1)
    #expect(table.observe([file(ready: true)], at: 9, settle: 100).isEmpty)
    #expect(table.observe([file(ready: true)], at: 10, settle: 100).count == 1)
    #expect(table.postpone(file(), at: 10, first: .milliseconds(10), longest: .seconds(1)) == 2)
    #expect(table.nextDue(at: 10) == 20)
  }

  @Test func tellsWhenToLookAgain() {
    var table = SettleTable()
    #expect(table.nextDue(at: 0) == nil)
    _ = table.observe([file("/i/a"), file("/i/b")], at: 0, settle: 100)
    _ = table.observe([file("/i/a"), file("/i/b", size: 2)], at: 30, settle: 100)
    #expect(table.nextDue(at: 30) == 70)
  }
}

@Suite struct InboxNameTests {
  @Test(arguments: [
    ".hidden", "a.part", "a.PART", "a.partial", "a.partial-3", "a.filepart", "a.tmp", "a.tar.crdownload", "a.tar.aria2",
    "a.tar.md5",
    "Thumbs.db", "desktop.ini", "SHA256SUMS", "SHA256SUMS.asc", "MD5SUMS.txt", "a.tar~", ".a.tar.swp", "a.download",
  ])
  func uploadsUnderWayAndLeftoversAreIgnored(name: String) {
    #expect(InboxName.isIgnored(name))
  }

  @Test(arguments: ["a.tar", "part", "a.parts.tar", "tmp", "a.ready", "a.sha256", "a.tmp.tar", "x.duplicate-of-y.tar"])
  func othersAreNot(name: String) {
    #expect(!InboxName.isIgnored(name))
  }

  @Test func sidecarsNameTheirFile() {
    #expect(InboxName.subject(ofSidecar: "a.tar.ready") == "a.tar")
    #expect(InboxName.subject(ofSidecar: "a.tar.sha256") == "a.tar")
    #expect(InboxName.subject(ofSidecar: ".ready") == nil)
    #expect(InboxName.subject(ofSidecar: "a.tar") == nil)
  }

  @Test func aNameComesBackFromBehindItsHiddenForm() {
    #expect(InboxName.name(ofTaken: InboxName.taken("a-b.tar", chance: 7)) == "a-b.tar")
    #expect(InboxName.taken("a.tar", chance: 7) == ".taken-00000007-a.tar")
    for name in [".taken-", ".taken-0000000g-a", ".taken-00000007-", ".taken-00000007", "taken-00000007-a", ".a"] {
      #expect(InboxName.name(ofTaken: name) == nil)
    }
  }

  @Test(arguments: ["a\nb.tar", "a\u{7F}", "a\u{FFFD}", String(repeating: "x", count: 161)])
  func unusableNamesAreNamed(name: String) {
    #expect(InboxName.problem(name) != nil)
  }

  fileprivate static let digest = String(repeating: "aB", count: 32)
  fileprivate static let other = String(repeating: "0", count: 64)

  @Test(arguments: [
    InboxNameTests.digest, "\(InboxNameTests.digest)  a.tar\n", "\(InboxNameTests.digest)\n",
    "\(InboxNameTests.digest) *a.tar\r\n", "\n\n \(InboxNameTests.digest)\ta.tar\r\n\r\n",
    "SHA256 (a.tar) = \(InboxNameTests.digest)\n", "SHA256 (a (1).tar) = \(InboxNameTests.digest)\n",
    "\\\(InboxNameTests.digest)  a\\nb.tar\n",
    "\(InboxNameTests.other)  b.tar\n\(InboxNameTests.digest)  a.tar\n",
    "SHA256 (a.tar) = \(InboxNameTests.digest)\r\nSHA256 (b.tar) = \(InboxNameTests.other)\r\n",
  ])
  func sha256FilesAreReadAsProgramsWriteThem(text: String) {
    let utf16 = Array(text.utf16)
    for bytes in [
      Array(text.utf8), [0xEF, 0xBB, 0xBF] + Array(text.utf8),
      [0xFF, 0xFE] + utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] },
      [0xFE, 0xFF] + utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 255)] },
    ] as [[UInt8]] {
      #expect(FileDigest.parse(bytes, about: "a.tar") == Self.digest.lowercased())
    }
  }

  @Test(arguments: [
    InboxNameTests.digest + "0", "a.tar", "", "\u{FEFF}\u{FEFF}\(InboxNameTests.digest)",
    "\(InboxNameTests.other)  b.tar\n\(InboxNameTests.digest)  c.tar\n",
    "\(InboxNameTests.digest)  a.tar\n\(InboxNameTests.other)  a.tar\n",
    "\(InboxNameTests.digest)  a.tar\nsomething else\n", "SHA256 (a.tar) = \(InboxNameTests.digest)0",
  ])
  func otherSHA256FilesStateNothing(text: String) {
    #expect(FileDigest.parse(Array(text.utf8), about: "a.tar") == nil)
  }

  @Test func aSHA256FileThatIsNoTextStatesNothing() {
    #expect(FileDigest.parse([0xFF] + Array(Self.digest.utf8)) == nil)
    #expect(FileDigest.parse([0xFF, 0xFE]) == nil)
  }
}
