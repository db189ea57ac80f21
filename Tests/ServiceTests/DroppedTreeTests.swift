import Foundation
import Foundations
import Glibc
import Synchronization
import Testing

@testable import Inbox
@testable import ServiceFoundation

/// Directories and lists of shards in the inbox: looked at, copied, and taken out again.
@Suite struct DroppedTreeTests {
  private func looks(settle: Int = 0) -> TreeLooks { TreeLooks(settle: settle, clock: { 0 }, piece: {}) }

  private func scan(_ root: TemporaryDirectory) throws -> InboxScan {
    var trees = looks()
    return try InboxScan.of(root.path + "/inbox", trees: &trees)
  }

  /// A directory with something in folders, and shards with their list.
  private func fill(_ root: TemporaryDirectory) throws {
    for name in ["pets/cats/1.png", "pets/dogs/deep/2.png", "pets/README.txt"] {
      try root.write(name, to: "inbox/\(name)")
    }
    for name in ["b.tar", "a.tar"] { try root.write(archive(name), to: "inbox/\(name)") }
    try root.write("b.tar\na.tar\n", to: "inbox/shards.ready")
  }

  private func drop(_ root: TemporaryDirectory, _ name: String) throws -> InboxFile {
    try #require(try scan(root).files.first { $0.name == name })
  }

  private func files(below path: String) throws -> [String: String] {
    var found: [String: String] = [:]
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      var isDirectory: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path + "/" + name, isDirectory: &isDirectory)
      if !isDirectory.boolValue { found[name] = text(at: path + "/" + name) }
    }
    return found
  }

  @Test func aDirectoryIsOneDropAndSoAreTheShardsOfAList() throws {
    let root = try TemporaryDirectory()
    try fill(root)
    try root.write(archive("own"), to: "inbox/c.tar")
    let found = try scan(root)
    #expect(found.files.map(\.name) == ["c.tar", "pets", "shards"] && found.blocked.isEmpty)
    #expect(found.files.map(\.kind) == [.file, .directory, .list(["b.tar", "a.tar"])])
    #expect(found.files[2].stamp.size == archive("a.tar").utf8.count * 2)
  }

  @Test(arguments: ["pets", "shards"]) func theCopyHasTheSameFilesTimesAndDigest(name: String) throws {
    let root = try TemporaryDirectory()
    try fill(root)
    let file = try drop(root, name)
    let copy = root.path + "/copy"
    let digest = try DroppedTree(file, piece: {}).copy(to: copy, piece: {})
    let expected = try files(below: name == "pets" ? root.path + "/inbox/pets" : root.path + "/inbox").filter {
      name == "pets" || $0.key.hasSuffix(".tar")
    }
    #expect(try files(below: copy) == expected)
    #expect(expected.keys.allSatisfy { mode(of: copy + "/" + $0) == 0o440 } && mode(of: copy) == 0o750)
    let stamp = try #require(try FileStamp.of(copy))
    #expect(stamp.hasContent(of: file.stamp))
    #expect(try FileDigest.of(copy, stamp: stamp) == digest)
    let lines = expected.sorted { $0.key < $1.key }.map { "\(HexDigest(of: Array($0.value.utf8)))  \($0.key)\n" }
    #expect(digest == HexDigest(of: Array(lines.joined().utf8)).description)
  }

  // MARK: - Removal

  /// Counts calls, and from one on kills the process.
  private final class Kill: FileObstacle {
    let at: Int
    private let calls = Mutex(0)

    init(at: Int) { self.at = at }

    var count: Int { calls.withLock { $0 } }

    func before(_ operation: String, _ path: String) -> Int32? {
      calls.withLock {
        $0 += 1
        return $0 >= at ? EOWNERDEAD : nil
      }
    }

    func after(_ operation: String, _ path: String) -> Int32? { nil }
  }

  /// Whatever it was killed in: nothing of it is a drop again, and nothing of anybody else's goes.
  @Test(arguments: ["pets", "shards"]) func aRemovalThatWasKilledIsGoneOnWith(name: String) throws {
    var calls = 1
    var point = 1
    while point <= calls {
      let root = try TemporaryDirectory()
      try fill(root)
      try root.write("", to: "inbox/pets.ready")
      try root.write("other", to: "inbox/other.tar")
      let file = try drop(root, name)
      let copy = root.path + "/copy"
      _ = try DroppedTree(file, piece: {}).copy(to: copy, piece: {})
      let others = try files(below: root.path + "/inbox").filter {
        name == "pets" ? !$0.key.hasPrefix("pets") : !["a.tar", "b.tar", "shards.ready"].contains($0.key)
      }
      let kill = Kill(at: point == calls ? .max : point)
      try SystemCall.$obstacle.withValue(kill) {
        do throws(FileError) { _ = try InboxRemoval.remove(file.path, heldIn: copy) } catch .failed(_, _, EOWNERDEAD) {}
      }
      if point == 1 {
        // How many there are is counted once.
        let counter = Kill(at: .max)
        let again = try TemporaryDirectory()
        try fill(again)
        try again.write("", to: "inbox/pets.ready")
        _ = try DroppedTree(drop(again, name), piece: {}).copy(to: again.path + "/copy", piece: {})
        _ = try SystemCall.$obstacle.withValue(counter) {
          try InboxRemoval.remove(drop(again, name).path, heldIn: again.path + "/copy")
        }
        calls = counter.count
        #expect(calls > 5)
      }
      for hidden in try InboxScan.taken(in: root.path + "/inbox") { try InboxRemoval.restore(hidden) }
      // What is left is the same drop still, or nothing.
      let left = try scan(root)
      #expect(
        left.files.allSatisfy {
          $0.path == file.path || others[$0.name] != nil || $0.name == "pets" || $0.name == "shards"
        })
      #expect(try InboxRemoval.remove(file.path, heldIn: copy), "\(name), call \(point)")
      #expect(try files(below: root.path + "/inbox") == others, "\(name), call \(point)")
      #expect(try files(below: copy).count == (name == "pets" ? 3 : 2))
      point += 1
    }
  }

  @Test func whatWasAddedOrChangedMeanwhileStays() throws {
    let root = try TemporaryDirectory()
    try fill(root)
    let file = try drop(root, "pets")
    let copy = root.path + "/copy"
    _ = try DroppedTree(file, piece: {}).copy(to: copy, piece: {})
    try root.write("new", to: "inbox/pets/cats/3.png")
    try root.write("other cat", to: "inbox/pets/cats/1.png")
    #expect(try !InboxRemoval.remove(file.path, heldIn: copy))
    #expect(try files(below: root.path + "/inbox/pets") == ["cats/3.png": "new", "cats/1.png": "other cat"])
    #expect(!exists(root.path + "/inbox/pets/dogs"))
    // Of a list: a shard that is another one by now, and another list.
    let list = try drop(root, "shards")
    let shards = root.path + "/shards"
    _ = try DroppedTree(list, piece: {}).copy(to: shards, piece: {})
    try root.write(archive("another"), to: "inbox/a.tar")
    #expect(try !InboxRemoval.remove(list.path, heldIn: shards))
    #expect(text(at: root.path + "/inbox/a.tar") == archive("another") && !exists(root.path + "/inbox/b.tar"))
    #expect(exists(list.path))
    #expect(try scan(root).blocked[list.path]?.contains("b.tar: there is no such file") == true)
    try root.write("a.tar\n", to: "inbox/shards.ready")
    #expect(try !InboxRemoval.remove(list.path, heldIn: shards))
    #expect(try scan(root).files.map(\.name) == ["pets", "shards"])
  }

  // MARK: - Hostile input

  /// A folder becomes a link to where only the daemon may look, between the look and the copy, or the copy and the removal.
  @Test func aFolderThatBecomesALinkLeadsNowhere() throws {
    let root = try TemporaryDirectory()
    try fill(root)
    let secret = try root.write("pets/cats/1.png", to: "vault/1.png")
    let file = try drop(root, "pets")
    let tree = try DroppedTree(file, piece: {})
    let cats = root.path + "/inbox/pets/cats"
    try FileManager.default.moveItem(atPath: cats, toPath: root.path + "/cats")
    symlink(root.path + "/vault", cats)
    #expect(throws: FileError.changed(path: file.path)) { _ = try tree.copy(to: root.path + "/copy", piece: {}) }
    #expect(!exists(root.path + "/copy"))
    unlink(cats)
    try FileManager.default.moveItem(atPath: root.path + "/cats", toPath: cats)
    let copy = root.path + "/copy"
    _ = try DroppedTree(drop(root, "pets"), piece: {}).copy(to: copy, piece: {})
    try FileManager.default.moveItem(atPath: cats, toPath: root.path + "/cats")
    symlink(root.path + "/vault", cats)
    // With the same name, size and time.
    let time = try FileManager.default.attributesOfItem(atPath: copy + "/cats/1.png")[.modificationDate]
    try FileManager.default.setAttributes([.modificationDate: time as Any], ofItemAtPath: secret)
    #expect(try !InboxRemoval.remove(file.path, heldIn: copy))
    #expect(text(at: secret) == "pets/cats/1.png")
  }

  /// A hard link to a file that only the daemon may read would be published with the release.
  @Test func aFileWithASecondNameIsRefused() throws {
    let root = try TemporaryDirectory()
    try fill(root)
    let secret = try root.write("secret", to: "vault/opening.json")
    #expect(link(secret, root.path + "/inbox/pets/README.md") == 0)
    let obstacle = try DroppedTree(drop(root, "pets"), piece: {}).obstacle(isDeclared: true, piece: {})
    #expect(obstacle?.hasPrefix("README.md: it has another name as well (a hard link)") == true)
  }

  @Test func whatIsNoFileBlocksTheWholeDirectory() throws {
    for (make, rule) in [
      ({ symlink("/etc/passwd", $0) }, "a symbolic link, which is not followed"), ({ mkfifo($0, 0o600) }, "a FIFO"),
      ({ creat($0 + "\u{1}", 0o600) }, "no manifest can list this name"),
    ] as [((String) -> Int32, String)] {
      let root = try TemporaryDirectory()
      try fill(root)
      _ = make(root.path + "/inbox/pets/cats/x")
      let found = try scan(root)
      #expect(found.files.map(\.name) == ["shards"])
      let note = try #require(found.blocked[root.path + "/inbox/pets"])
      #expect(note.hasPrefix("left as it is: cats/x") && note.contains(rule))
    }
  }

  @Test func aBadListIsToldAndItsFilesAreHeldBack() throws {
    for (line, note) in [
      ("c.tar", "c.tar: there is no such file: put it there"), ("a.tar", "line 3, a.tar: is there twice"),
      ("../c.tar", "line 3, ../c.tar: leaves the list's directory"), ("/c.tar", "line 3, /c.tar: is an absolute name"),
      ("pets/c.tar", "line 3, pets/c.tar: is in a folder"),
      ("folder.tar", "folder.tar: a directory, not a regular file"),
      ("link.tar", "link.tar: a symbolic link"), ("notes.txt", "names notes.txt, which is not called like an archive"),
      ("e.tar", "e.tar is empty"), ("x.tar.part", "names x.tar.part, which is not called like an archive"),
    ] {
      let root = try TemporaryDirectory()
      try fill(root)
      try root.write("b.tar\na.tar\n\(line)\n", to: "inbox/shards.ready")
      try root.write("notes", to: "inbox/notes.txt")
      try root.write("part", to: "inbox/x.tar.part")
      try root.write("", to: "inbox/e.tar")
      try root.write("inner", to: "inbox/folder.tar/x")
      symlink("a.tar", root.path + "/inbox/link.tar")
      let found = try scan(root)
      #expect(found.blocked[root.path + "/inbox/shards.ready"]?.contains(note) == true, "\(line)")
      #expect(!found.files.contains { ["a.tar", "b.tar", "shards"].contains($0.name) }, "\(line)")
    }
    let root = try TemporaryDirectory()
    try fill(root)
    try root.write("a.tar\n", to: "inbox/again.ready")
    #expect(try scan(root).blocked[root.path + "/inbox/shards.ready"] == "names a.tar, which again.ready names too")
  }

  @Test func whatIsUnderWayIsWaitedFor() throws {
    let root = try TemporaryDirectory()
    try fill(root)
    try root.write("half", to: "inbox/pets/cats/9.png.crdownload")
    #expect(
      try DroppedTree(drop(root, "pets"), piece: {}).obstacle(isDeclared: true, piece: {})
        == "cats/9.png.crdownload: a download under way")
    try root.write(String(archive("b.tar").dropLast(1100)), to: "inbox/b.tar")
    let list = try DroppedTree(drop(root, "shards"), piece: {})
    #expect(try list.obstacle(isDeclared: false, piece: {}) == "b.tar: its end is missing: waits for the rest")
    #expect(try list.obstacle(isDeclared: true, piece: {}) == nil)
    let writer = try OpenFile(root.path + "/inbox/b.tar", O_WRONLY)
    #expect(throws: InboxError.unfit(name: "b.tar", "somebody has it open for writing")) {
      _ = try list.copy(to: root.path + "/copy", piece: {})
    }
    _ = writer
    #expect(!exists(root.path + "/copy"))
  }

  @Test func aFileThatChangesWhileItIsCopiedEndsTheCopy() throws {
    struct Stop: Error {}
    let root = try TemporaryDirectory()
    try fill(root)
    let file = try drop(root, "pets")
    let tree = try DroppedTree(file, piece: {})
    try root.write("another", to: "inbox/pets/README.txt")
    #expect(throws: FileError.changed(path: file.path)) { _ = try tree.copy(to: root.path + "/copy", piece: {}) }
    let next = try DroppedTree(drop(root, "pets"), piece: {})
    try root.write("added", to: "inbox/pets/cats/3.png")
    #expect(throws: FileError.changed(path: file.path)) { _ = try next.copy(to: root.path + "/copy", piece: {}) }
    let last = try DroppedTree(drop(root, "pets"), piece: {})
    unlink(root.path + "/inbox/pets/cats/3.png")
    #expect(throws: FileError.changed(path: file.path)) { _ = try last.copy(to: root.path + "/copy", piece: {}) }
    let whole = try DroppedTree(drop(root, "pets"), piece: {})
    #expect(throws: Stop.self) { _ = try whole.copy(to: root.path + "/copy") { throw Stop() } }
    #expect(!exists(root.path + "/copy"))
  }

  // MARK: - Looks

  /// Events alone do not have a large directory looked through each time.
  @Test func aDirectoryIsLookedThroughNowAndThen() throws {
    let root = try TemporaryDirectory()
    try fill(root)
    let clock = Mutex(0)
    let walks = Mutex(0)
    for number in 0..<1025 { try root.write("", to: "inbox/many/\(number)/x") }
    try root.write("x", to: "inbox/many/0/x")
    var trees = TreeLooks(settle: 3000) {
      clock.withLock { $0 }
    } piece: {
      walks.withLock { $0 += 1 }
    }
    func look() throws -> FileStamp? {
      try InboxScan.of(root.path + "/inbox", trees: &trees).files.first { $0.name == "many" }?.stamp
    }
    let first = try #require(try look())
    let once = walks.withLock { $0 }
    try root.write("xx", to: "inbox/many/0/x")
    #expect(try look() == first && walks.withLock { $0 } == once)
    clock.withLock { $0 += 999 }
    #expect(try look() == first)
    clock.withLock { $0 += 1 }
    #expect(try look() != first)
    #expect(walks.withLock { $0 } == 2 * once)
    // A change at its top is seen at once, and one that intake has met.
    try root.write("new", to: "inbox/many/new")
    let third = try look()
    #expect(walks.withLock { $0 } == 3 * once)
    trees.forget(root.path + "/inbox/many")
    #expect(try look() == third)
    #expect(walks.withLock { $0 } == 4 * once)
  }
}
