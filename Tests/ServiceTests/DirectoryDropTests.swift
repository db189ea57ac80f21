import Foundation
import Foundations
import Glibc
import Jobs
import Synchronization
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// What is several files on its way from the inbox to the originals.
@Suite struct DirectoryDropTests {
  private static let never: Duration = .seconds(3000)

  private func put(_ harness: Harness, _ names: [String] = ["cats/1.png", "dogs/2.png"], as drop: String = "pets")
    throws
  {
    for name in names { try harness.root.write(name, to: "elsewhere/\(drop)/\(name)") }
    try FileManager.default.moveItem(
      atPath: harness.root.path + "/elsewhere/\(drop)", toPath: harness.inbox + "/" + drop)
  }

  private func notes(_ life: Harness.Life) async -> [String: String] {
    Dictionary(
      await life.inbox.report().files.map { ($0.name, $0.note ?? "") }, uniquingKeysWith: { first, _ in first })
  }

  /// The original that is kept of the one drop.
  private func kept(_ harness: Harness, _ dataset: String = "pets") async throws -> String {
    let directory = harness.service.originals + "/" + dataset
    #expect(
      try await eventually {
        contents(of: directory).count == 1 && contents(of: harness.inbox).allSatisfy { $0.hasPrefix(".") }
      })
    return directory + "/" + (contents(of: directory).first ?? "")
  }

  /// A clock that stands still unless the test moves it.
  private final class Clock: Sendable {
    private let time = Mutex(0)

    var now: Int { time.withLock { $0 } }
    func pass(_ milliseconds: Int) { time.withLock { $0 += milliseconds } }
  }

  private func works(_ life: Harness.Life) async throws -> Int {
    try await life.ledger.reports(limit: 100).filter { $0.kind == .release }.count
  }

  @Test func aReadyFileHasADirectoryTakenAtOnce() async throws {
    let harness = try Harness {
      $0.inbox.settle = Self.never
      $0.inbox.rescan = .milliseconds(100)
    }
    try await harness.serve { life in
      try self.put(harness)
      #expect(try await eventually { await life.inbox.report().files.map(\.name) == ["pets"] })
      #expect(await life.inbox.report().files.first?.bytes == 20)
      try harness.root.write("", to: "inbox/pets.ready")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
    }
  }

  /// The digest is the one that the user's own tools print.
  @Test func aMatchingDigestHasADirectoryTakenAtOnce() async throws {
    let harness = try Harness {
      $0.inbox.settle = Self.never
      $0.inbox.rescan = .milliseconds(100)
    }
    let lines = ["cats/1.png", "dogs/2.png"].map { "\(HexDigest(of: Array($0.utf8)))  \($0)\n" }.joined()
    try await harness.serve { life in
      try harness.root.write(HexDigest(of: Array(lines.utf8)).description + "  -\n", to: "inbox/pets.sha256")
      try self.put(harness)
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
    }
  }

  @Test func aDirectoryThatIsStillBeingFilledIsWaitedFor() async throws {
    let clock = Clock()
    var system = HostSystem()
    system.steady = { clock.now }
    let harness = try Harness(system: system) {
      $0.inbox.settle = .seconds(3)
      $0.inbox.rescan = Self.never
    }
    @Sendable func look() throws { try harness.root.write("\(clock.now)", to: "inbox/.ring") }
    try await harness.serve { life in
      for number in 1...6 {
        // Deep in it, where the kernel's events are not asked for.
        try harness.root.write("picture \(number)", to: "inbox/pets/cats/deep/\(number).png")
        clock.pass(1400)
        try look()
        #expect(try await eventually { await life.inbox.report().files.first?.bytes == 9 * number })
      }
      #expect(try await self.works(life) == 0)
      clock.pass(3000)
      try look()
      #expect(try await life.reaches(.done, 1))
      let kept = try await self.kept(harness)
      #expect(contents(of: kept + "/cats/deep").count == 6)
    }
  }

  @Test func theShardsOfAListAreOneDrop() async throws {
    let harness = try Harness { $0.inbox.rescan = .milliseconds(100) }
    try await harness.serve { life in
      // The list comes first and waits for its files.
      try harness.root.write("b.tar\na.tar\n", to: "inbox/pets.ready")
      try harness.drop("a.tar", "one")
      #expect(
        try await eventually { await self.notes(life)["pets.ready"]?.hasPrefix("b.tar: there is no such file") == true }
      )
      #expect(try await self.works(life) == 0)
      try harness.drop("b.tar", "two")
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
      #expect(try await self.works(life) == 1)
      let kept = try await self.kept(harness)
      #expect(kept.hasSuffix("-pets") && contents(of: kept) == ["a.tar", "b.tar"])
      // However they come, they are the same shards.
      try harness.root.write(archive("one"), to: "elsewhere/again/a.tar")
      try harness.root.write(archive("two"), to: "elsewhere/again/b.tar")
      try FileManager.default.moveItem(
        atPath: harness.root.path + "/elsewhere/again", toPath: harness.inbox + "/again")
      #expect(
        try await eventually { exists(harness.service.receipts + "/again.duplicate-of-release-pets-1") })
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
      #expect(try await self.works(life) == 1)
    }
  }

  @Test func aRefusedDirectoryLiesBesideItsReason() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await harness.serve { life in
      try self.put(harness)
      #expect(try await life.reaches(.failed, 1))
      #expect(try await eventually { exists(harness.service.failed + "/1/pets") })
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
    }
    let failed = harness.service.failed + "/1"
    #expect(contents(of: failed) == ["REASON.json", "REASON.txt", "pets"])
    #expect(text(at: failed + "/pets/cats/1.png") == "cats/1.png")
  }

  @Test func aRetriedDirectoryIsReadAgainIfItChanged() async throws {
    let fails = StopFlag()
    let harness = try Harness(
      executor: FakeExecutor { run in
        fails.isRaised ? await FakeExecutor.succeed(run) : FakeExecutor.failed(.refused)
      })
    try await harness.serve { life in
      try self.put(harness)
      #expect(try await life.reaches(.failed, 1))
      let place = harness.service.failed + "/1/pets"
      #expect(try await eventually { exists(place) })
      try harness.root.write("a better one", to: "failed/1/pets/cats/3.png")
      fails.raise()
      _ = try await life.pipeline.requests.retry("1")
      #expect(try await life.reaches(.done, 1))
      let kept = try await self.kept(harness)
      #expect(contents(of: kept + "/cats") == ["1.png", "3.png"])
    }
  }

  @Test func withoutOriginalsNothingOfADirectoryIsLeft() async throws {
    let harness = try Harness { $0.service.keepOriginals = false }
    try await harness.serve { life in
      try self.put(harness)
      #expect(try await life.reaches(.done, 1))
      #expect(try await eventually { contents(of: harness.inbox).isEmpty })
      #expect(try await eventually { contents(of: harness.service.work).allSatisfy { $0.hasPrefix(".") } })
      #expect(contents(of: harness.service.originals).isEmpty)
    }
  }

  /// What cannot be copied as it is stays, with a line that says why, and other drops go on.
  @Test func whatNothingCanBeMadeOfStays() async throws {
    let harness = try Harness { $0.inbox.rescan = .milliseconds(100) }
    try await harness.serve { life in
      try self.put(harness, as: "linked")
      symlink("/etc/passwd", harness.inbox + "/linked/cats/9.png")
      try self.put(harness, as: "doubled")
      link(harness.inbox + "/doubled/cats/1.png", harness.inbox + "/doubled/cats/3.png")
      try self.put(harness, ["a.png.part"], as: "loading")
      try FileManager.default.createDirectory(atPath: harness.inbox + "/void/deep", withIntermediateDirectories: true)
      try harness.drop("last.tar")
      #expect(try await life.reaches(.done, 1))
      #expect(
        try await eventually {
          let notes = await self.notes(life)
          return notes["linked"]?.hasPrefix("left as it is: cats/9.png: a symbolic link") == true
            && notes["doubled"]?.contains("a hard link") == true && notes["loading"]?.contains("under way") == true
            && notes["void"] == "empty: waits for its files"
        })
      #expect(try await self.works(life) == 1)
    }
    #expect(contents(of: harness.inbox) == ["doubled", "linked", "loading", "void"])
    #expect(contents(of: JobPlaces(settings: harness.service).arrivals).isEmpty)
  }

  /// The removal does not come to its end: what is left is no second drop.
  @Test func aDirectoryThatCannotBeRemovedWholeStaysOneDrop() async throws {
    struct Wall: FileObstacle {
      let isDown: StopFlag

      func before(_ operation: String, _ path: String) -> Int32? {
        !isDown.isRaised && operation == "remove" && path.contains("/inbox/") && path.hasSuffix("2.png") ? EPERM : nil
      }

      func after(_ operation: String, _ path: String) -> Int32? { nil }
    }
    let harness = try Harness { $0.inbox.rescan = .milliseconds(100) }
    let wall = Wall(isDown: StopFlag())
    try await SystemCall.$obstacle.withValue(wall) {
      try await harness.serve { life in
        try self.put(harness)
        #expect(try await life.reaches(.done, 1))
        #expect(
          try await eventually {
            await life.pipeline.scheduler.obstacles().contains { $0.hasPrefix("pets has been taken") }
          })
        #expect(
          try await eventually { await self.notes(life)["pets"]?.hasPrefix("has been taken (job 1)") == true })
        #expect(exists(harness.inbox + "/pets/dogs/2.png"))
        wall.isDown.raise()
        #expect(try await eventually { contents(of: harness.inbox).isEmpty })
        #expect(try await self.works(life) == 1)
      }
    }
    let kept = try await kept(harness)
    #expect(contents(of: kept) == ["cats", "dogs"])
  }

  /// The daemon, which is not root here, could not empty it.
  @Test(.enabled(if: geteuid() != 0)) func aDirectoryThatTheDaemonMayNotEmptyIsNotTaken() async throws {
    let harness = try Harness { $0.inbox.rescan = .milliseconds(100) }
    try await harness.serve { life in
      try self.put(harness)
      chmod(harness.inbox + "/pets/cats", 0o550)
      #expect(try await eventually { await self.notes(life)["pets"]?.contains("chmod -R g+rwX pets") == true })
      #expect(try await self.works(life) == 0)
      chmod(harness.inbox + "/pets/cats", 0o750)
      #expect(try await life.reaches(.done, 1))
    }
  }
}
