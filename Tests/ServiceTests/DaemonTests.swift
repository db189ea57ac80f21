import CLinux
import Foundation
import Foundations
import Glibc
import Logging
import Synchronization
import Testing
import Watermarks

@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

@Suite struct NotifierTests {
  /// A service manager's end of the conversation.
  private final class Manager {
    let path: String
    private let descriptor: Int32

    init(path: String) {
      self.path = path
      descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
      var address = sockaddr_un()
      address.sun_family = sa_family_t(AF_UNIX)
      withUnsafeMutableBytes(of: &address.sun_path) { bytes in
        bytes.copyBytes(from: path.utf8)
        if path.hasPrefix("@") { bytes[0] = 0 }
      }
      let length = socklen_t(2 + path.utf8.count)
      let result = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
      }
      precondition(result == 0)
    }

    deinit {
      close(descriptor)
    }

    var messages: [String] {
      var messages: [String] = []
      var buffer = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count <= 0 { return messages }
        messages.append(String(decoding: buffer[..<count], as: UTF8.self))
      }
    }
  }

  private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

  @Test(arguments: [false, true])
  func saysWhatSystemdExpects(isAbstract: Bool) throws {
    let directory = try TemporaryDirectory()
    let manager = Manager(path: (isAbstract ? "@" : "") + directory.path + "/notify")
    let notifier = Notifier(socket: manager.path, logger: quiet)
    notifier.status("starting")
    notifier.status("starting")
    notifier.ready()
    notifier.status("two\nlines")
    notifier.alive()
    notifier.extend(by: .seconds(15))
    notifier.stopping()
    #expect(
      manager.messages == [
        "STATUS=starting", "READY=1", "STATUS=two lines", "WATCHDOG=1", "EXTEND_TIMEOUT_USEC=15000000", "STOPPING=1",
      ])
    let before = clinux_monotonic_microseconds()
    notifier.reloading()
    let reload = try #require(manager.messages.first).split(separator: "\n")
    #expect(reload.first == "RELOADING=1")
    let stamp = try #require(reload.last?.split(separator: "=").last.flatMap { UInt64($0) })
    #expect(stamp >= before && stamp <= clinux_monotonic_microseconds())
  }

  @Test func withoutAServiceManagerItIsQuiet() {
    Notifier(socket: nil, logger: quiet).ready()
    Notifier(socket: "/nowhere/notify", logger: quiet).ready()
    Notifier(socket: "relative", logger: quiet).ready()
    Notifier(socket: "/" + String(repeating: "x", count: 200), logger: quiet).ready()
  }

  @Test func theWatchdogIsFedOnlyWhileEverythingMoves() throws {
    let directory = try TemporaryDirectory()
    let manager = Manager(path: directory.path + "/notify")
    let heartbeats = Heartbeats()
    let now = Mutex(0)
    let clock: @Sendable () -> Int = { now.withLock { $0 } }
    let watchdog = Watchdog(
      interval: .seconds(1), heartbeats: heartbeats, notifier: Notifier(socket: manager.path, logger: quiet),
      clock: clock,
      logger: quiet)
    heartbeats.beat(.scheduler, at: 0)
    heartbeats.beat(.discovery, at: 0)
    watchdog.feed()
    #expect(manager.messages == ["WATCHDOG=1"])
    now.withLock { $0 = Heartbeats.longestSilence + 1 }
    watchdog.feed()
    #expect(manager.messages.isEmpty)
    heartbeats.beat(.scheduler, at: clock())
    watchdog.feed()
    #expect(manager.messages.isEmpty)
    heartbeats.rest(.discovery)
    watchdog.feed()
    #expect(manager.messages == ["WATCHDOG=1"])
  }

  @Test func theIntervalIsAThirdOfWhatSystemdAllows() {
    #expect(Watchdog.interval(environment: ["WATCHDOG_USEC": "3000000"]) == .seconds(1))
    #expect(Watchdog.interval(environment: [:]) == nil)
    #expect(Watchdog.interval(environment: ["WATCHDOG_USEC": "never"]) == nil)
    #expect(Watchdog.interval(environment: ["WATCHDOG_USEC": "0"]) == nil)
  }
}

@Suite struct ReadinessTests {
  @Test func isSaidOnceWhenEverythingIsThere() {
    let count = Mutex(0)
    let readiness = Readiness { count.withLock { $0 += 1 } }
    readiness.reached(.inbox)
    readiness.reached(.inbox)
    #expect(count.withLock { $0 } == 0)
    readiness.reached(.control)
    readiness.reached(.control)
    readiness.reached(.inbox)
    #expect(count.withLock { $0 } == 1)
  }

  @Test func thePageIsWaitedForWhereThereIsOne() {
    let count = Mutex(0)
    let readiness = Readiness(of: [.inbox, .control, .page]) { count.withLock { $0 += 1 } }
    readiness.reached(.inbox)
    readiness.reached(.control)
    #expect(count.withLock { $0 } == 0)
    readiness.reached(.page)
    #expect(count.withLock { $0 } == 1)
  }
}

@Suite struct ReloadTests {
  @Test func aGoodFileTakesEffectAndABadOneChangesNothing() throws {
    let root = try TemporaryDirectory()
    let harness = try Harness(root: root)
    let life = try harness.life()
    let file = life.box.file
    let old = life.box.current

    try root.write(old.text(with: MethodRegistry.standard.declarations) + "\n[nonsense]\n", to: "dandyroll.toml")
    let bad = life.box.reload(now: 5)
    #expect(bad.configuration == old)
    #expect(try #require(bad.problems.first).contains("nonsense: unknown key"))
    #expect(bad.problems.first?.hasPrefix(file) == true)

    var changed = old
    changed.jobs.concurrent = 5
    changed.service.outbox = root.path + "/elsewhere"
    changed.service.keepOriginals = false
    try root.write(changed.text(with: MethodRegistry.standard.declarations), to: "dandyroll.toml")
    let good = life.box.reload(now: 6)
    #expect(good.problems.isEmpty && good.loaded == 6)
    #expect(good.configuration.jobs.concurrent == 5)
    #expect(good.configuration.service.outbox == old.service.outbox)
    #expect(!good.configuration.service.keepOriginals)
    #expect(good.needsRestart == ["service.outbox"])
  }
}

@Suite struct PrepareTests {
  @Test func directoriesGetTheModesThatTheyNeed() throws {
    let harness = try Harness()
    try harness.service.prepare()
    let mode = { (path: String) in
      try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }
    #expect(try mode(harness.service.inbox) == 0o3770)
    #expect(try mode(harness.service.outbox) == 0o755)
    for path in [harness.service.failed, harness.service.held, harness.service.receipts] {
      #expect(try mode(path) == 0o750)
    }
    for path in [harness.service.vault, harness.service.work, harness.service.originals] {
      #expect(try mode(path) == 0o700)
    }
  }

  @Test func directoriesAreKeptApartAlsoBehindLinks() throws {
    let harness = try Harness()
    try harness.root.write("", to: "outbox/x")
    try FileManager.default.createSymbolicLink(
      atPath: harness.service.vault, withDestinationPath: harness.service.outbox)
    #expect(throws: ConfigurationError.self) { try harness.service.prepare() }
  }

  @Test func aSigningKeyThatCannotBeUsedIsFoundBeforeAnythingIsTrained() throws {
    let harness = try Harness()
    var settings = harness.service
    settings.signingKey = harness.root.path + "/owner.key"
    func refusal() -> String {
      let error = #expect(throws: ConfigurationError.self) { try settings.prepare() }
      return error.map { "\($0)" } ?? ""
    }
    #expect(refusal().contains("service.signing-key: ") && refusal().contains("No such file"))
    try harness.root.write("no key", to: "owner.key")
    chmod(settings.signingKey, 0o600)
    #expect(refusal().contains("service.signing-key: "))
    chmod(settings.signingKey, 0o644)
    #expect(refusal().contains("others may read"))
  }
}

@Suite struct DoorbellTests {
  @Test func aRingThatNobodyWaitedForIsKept() async {
    let bell = Doorbell()
    bell.ring()
    bell.ring()
    #expect(await bell.wait(atMost: .seconds(60)))
    #expect(await bell.wait(atMost: .milliseconds(1)) == false)
  }

  @Test func aRingWakes() async {
    let bell = Doorbell()
    async let isRung = bell.wait(atMost: .seconds(60))
    bell.ring()
    #expect(await isRung)
  }
}

@Suite struct JournalLogHandlerTests {
  private func lines(isJournal: Bool, _ body: (inout Logger) -> Void) -> [String] {
    let written = Mutex<[String]>([])
    var logger = Logger(label: "test") { _ in
      JournalLogHandler(isJournal: isJournal) { line in written.withLock { $0.append(line) } }
    }
    body(&logger)
    return written.withLock { $0 }
  }

  @Test func theJournalGetsPrioritiesAndFields() {
    let written = lines(isJournal: true) { logger in
      logger[metadataKey: "job"] = "12"
      logger.info("started", metadata: ["input": "a b.tar", "empty": ""])
      logger.critical("bad")
    }
    #expect(written == ["<6>started empty=\"\" input=\"a b.tar\" job=12\n", "<2>bad job=12\n"])
  }

  @Test func nothingCanForgeAnEntry() {
    let written = lines(isJournal: true) { $0.warning("name\n<0>panic\u{1B}[31m", metadata: ["k": "v\"\nx"]) }
    #expect(
      written == ["<4>name\\n<0>panic\\x1b[31m k=v\\\"\\nx\n"]
        || written == ["<4>name\\n<0>panic\\x1b[31m k=\"v\\\"\\nx\"\n"])
  }

  @Test func elsewhereLinesCarryTheTime() throws {
    let line = try #require(lines(isJournal: false) { $0.notice("serving") }.first)
    #expect(line.wholeMatch(of: /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ notice serving\n/) != nil)
  }

  @Test func aLoggerMayBeQuieterThanTheRest() {
    let written = lines(isJournal: true) { logger in
      logger.logLevel = .error
      logger.notice("not this")
      logger.error("this")
    }
    #expect(written == ["<3>this\n"])
  }
}

/// What a system call says is what is told: a permanent failure was reported as EIO and tried again for ever.
@Suite struct DirectoryTests {
  @Test func errorsAreThoseOfTheCall() throws {
    let root = try TemporaryDirectory()
    let file = try root.write("x", to: "file")
    #expect(throws: FileError.failed(operation: "list", path: file, errno: ENOTDIR)) { try Directory.names(in: file) }
    let missing = root.path + "/missing"
    #expect(throws: FileError.failed(operation: "list", path: missing, errno: ENOENT)) {
      try Directory.names(in: missing)
    }
    let long = root.path + "/" + String(repeating: "x", count: 300)
    #expect(throws: FileError.failed(operation: "look at", path: long, errno: ENAMETOOLONG)) {
      try Directory.exists(long)
    }
    #expect(throws: FileError.failed(operation: "look at", path: long, errno: ENAMETOOLONG)) {
      try Directory.remove(long)
    }
    #expect(throws: FileError.failed(operation: "open", path: missing, errno: ENOENT)) { try SecretFile.read(missing) }
    try Directory.remove(missing)
  }

  @Test func linksAreRemovedAndNotWhatTheyLeadTo() throws {
    let root = try TemporaryDirectory()
    let kept = try root.write("kept", to: "elsewhere/file")
    try root.write("x", to: "tree/deep/file")
    symlink(root.path + "/elsewhere", root.path + "/tree/link")
    try Directory.remove(root.path + "/tree")
    #expect(!exists(root.path + "/tree") && text(at: kept) == "kept")
  }
}

@Suite struct FileMoveTests {
  @Test func movingNeverReplaces() throws {
    let directory = try TemporaryDirectory()
    let from = try directory.write("one", to: "a")
    let to = try directory.write("two", to: "b")
    #expect(throws: FileError.failed(operation: "move", path: from, errno: EEXIST)) {
      try FileMove.move(from, to: to, digest: "")
    }
    #expect(text(at: from) == "one" && text(at: to) == "two")
  }

  @Test func acrossFilesystemsTheBytesAreCheckedAndTheTimeIsKept() throws {
    let directory = try TemporaryDirectory()
    let shared = "/dev/shm/dr-\(UInt32.random(in: 0...UInt32.max))"
    defer { unlink(shared) }
    try Data("archive".utf8).write(to: URL(fileURLWithPath: shared))
    let before = try #require(try FileStamp.of(shared))
    let target = directory.path + "/deep/a.tar"
    try #require(try Filesystem.of("/dev/shm").device != Filesystem.of(directory.path).device)

    #expect(throws: FileError.changed(path: shared)) {
      try FileMove.move(shared, to: target, digest: HexDigest(of: Array("other".utf8)).description)
    }
    #expect(exists(shared) && contents(of: directory.path + "/deep").isEmpty)

    try FileMove.move(shared, to: target, digest: HexDigest(of: Array("archive".utf8)).description)
    #expect(!exists(shared) && text(at: target) == "archive")
    #expect(try #require(try FileStamp.of(target)).hasContent(of: before))
  }

  @Test func whatIsWrittenHasItsModeWhateverTheUmask() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/receipt"
    // The usual umask takes the others' right to write.
    try FileMove.write([1], to: path, mode: 0o666)
    #expect(mode(of: path) == 0o666)
  }

  @Test func writingIsAllOrNothing() throws {
    let directory = try TemporaryDirectory()
    let path = directory.path + "/REASON.json"
    try FileMove.write(Array("one".utf8), to: path)
    try FileMove.write(Array("two".utf8), to: path)
    #expect(text(at: path) == "two")
    #expect(contents(of: directory.path) == ["REASON.json"])
    #expect(throws: FileError.self) { try FileMove.write([1], to: directory.path + "/missing/x") }
  }
}
