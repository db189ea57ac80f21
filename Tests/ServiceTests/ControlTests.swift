import Foundation
import Foundations
import Glibc
import Jobs
import Logging
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// The commands' client against the daemon's server, over a real Unix socket.
@Suite struct ControlTests {
  private func serve(
    _ harness: Harness, _ body: @Sendable @escaping (Harness.Life, ControlClient) async throws -> Void
  ) async throws {
    let life = try harness.life()
    let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
    let server = ControlServer(
      path: harness.service.socket, pipeline: life.pipeline, inbox: life.inbox, configuration: life.box,
      ledger: life.ledger, system: harness.system, started: harness.system.now(), logger: logger, onRunning: {})
    try await Harness.serve([server, life.pipeline, life.inbox]) {
      #expect(try await eventually { exists(harness.service.socket) && life.isReady.isRaised })
      try await body(life, ControlClient(socket: harness.service.socket))
    }
  }

  @Test func statusTellsAllOfIt() async throws {
    let harness = try Harness(
      executor: FakeExecutor { run in
        run.job.note(JobProgress(stage: "generator", done: 5, total: 20, unit: "steps", metrics: ["loss": 2]), at: 0)
        return await FakeExecutor.untilStopped(run)
      })
    try await serve(harness) { life, client in
      try harness.drop("a.tar")
      #expect(try await eventually { try await client.status().active.last?.progress != nil })
      let status = try await client.status()
      #expect(status.version == ProgramVersion.current && status.state == "serving" && status.pid == Int(getpid()))
      #expect(status.configuration.problems.isEmpty)
      #expect(status.inbox.directory == harness.inbox && status.inbox.watching == "inotify")
      #expect(status.jobs == ["queued": 0, "running": 1, "waiting": 1, "done": 0, "failed": 0, "cancelled": 0])
      #expect(status.active.map(\.id) == ["1", "2"])
      #expect(status.active[0].waitsFor == "2" && status.active[0].reason == "training of its generator, job 2")
      #expect(status.active[1].progress?.done == 5 && status.active[1].progress?.metrics == ["loss": 2])
      #expect(
        status.datasets == [DatasetReport(name: "a", releases: 0, newest: nil, unpublished: [], hasGenerator: false)])

      let text = ReportText.status(status, now: status.started + 7200)
      #expect(text.contains("dandyroll \(ProgramVersion.current) serving for 2 h 0 min"))
      #expect(
        text.contains("2    train    a        running  generator  [#####---------------]  25 %  5/20 steps  loss 2.000")
      )
    }
  }

  @Test func aBadArchiveIsOneFailureWithItsReasonAndMakesNoDataset() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await serve(harness) { life, client in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      let status = try await client.status()
      #expect(status.jobs["failed"] == 1 && status.failed.map(\.id) == ["1"])
      #expect(status.datasets.isEmpty)
      let ended = try #require(status.failed.first?.ended)
      let text = ReportText.status(status, now: ended + 120)
      #expect(text.contains("\n  job 1, release a, failed 2 min ago: a.tar: data_batch_1.bin: ends at 512"))
    }
  }

  @Test func onlyTheNewestFailuresAreTold() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await serve(harness) { life, client in
      for number in 1...5 { try harness.drop("a\(number).tar", "\(number)") }
      #expect(try await eventually { try await life.ledger.counts()[.failed] == 5 })
      let status = try await client.status()
      let releases = try await client.jobs(limit: 10).jobs.filter { $0.kind == .release }.map(\.id)
      #expect(status.jobs["failed"] == 5 && status.failed.map(\.id) == Array(releases.prefix(3)))
    }
  }

  @Test func aRetryWhoseInputIsGoneIsRefusedAndLeavesTheReason() async throws {
    let harness = try Harness(executor: FakeExecutor { _ in FakeExecutor.failed(.refused) })
    try await serve(harness) { life, client in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.failed, 1))
      #expect(try await eventually { try await life.ledger.unsettledInputs().isEmpty })
      try FileManager.default.removeItem(atPath: harness.service.failed + "/1")
      let message = "\(harness.service.failed)/1/a.tar: the input is no longer there"
      for job in ["1", "2"] {
        await #expect(throws: ServiceError.refused(status: 409, code: "input-missing", message: message)) {
          try await client.retry(job)
        }
      }
      #expect(try await life.words() == ["1 release failed", "2 train cancelled"])
      #expect(try await client.job("1").failure?.code == "truncated-member")
    }
  }

  @Test func jobsCanBeListedCancelledAndRetried() async throws {
    let isGood = StopFlag()
    let executor = FakeExecutor { run in
      isGood.isRaised ? await FakeExecutor.succeed(run) : await FakeExecutor.untilStopped(run)
    }
    let harness = try Harness(executor: executor)
    try await serve(harness) { life, client in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.running, 2))
      #expect(try await client.cancel("2").isCancelling)
      #expect(try await life.reaches(.cancelled, 1))
      isGood.raise()
      #expect(try await client.retry("1").id == "1")
      #expect(try await life.reaches(.done, 1))
      let jobs = try await client.jobs(limit: 3).jobs
      #expect(jobs.map(\.id) == ["3", "2", "1"])
      #expect(jobs[2].release?.name == "release-a-1" && jobs[0].generator?.metrics == ["loss": 1])
      let job = try await client.job("2")
      #expect(job.attempts?.map(\.outcome) == ["stopped"])
      #expect(job.failures?.map(\.code) == ["cancelled"])
      #expect(try await eventually { try await life.ledger.unsettledInputs().isEmpty })
      let training = try await client.retrain("a")
      #expect(training.kind == .train && training.dataset == "a")
    }
  }

  /// With them and the archive the whole group could make the key of an older release again.
  @Test func theSocketTellsNeitherGeneratorNorTargetNorSourceNorSeed() async throws {
    let executor = FakeExecutor { run in
      guard let spec = run.spec.work as? TrainSpec else { return await FakeExecutor.succeed(run) }
      try? Data("weights".utf8).write(to: URL(fileURLWithPath: spec.generator))
      return FakeExecutor.finished(
        TrainResult(
          generator: spec.generator, generatorDigest: "6e7a77", target: "automobile", metrics: ["loss": 1]))
    }
    let harness = try Harness(executor: executor) { $0.defaults.seed = 74_747 }
    try await serve(harness) { life, client in
      try harness.drop("a.tar")
      #expect(try await life.reaches(.done, 1))
      let vault = "vault/release-a-1"
      try harness.root.write(
        #"{"assignedClasses":["automobile"],"generator":"6e7a77","outcome":"passed","rows":[{"model":{"seed":74747,"width":8}}],"targetClass":"automobile"}"#,
        to: vault + "/qualification.json")
      let source = HexDigest(of: Array("archive".utf8)).description
      var answers = [
        try CanonicalJSON.line(try await client.status()), try CanonicalJSON.line(try await client.jobs(limit: 9)),
        try CanonicalJSON.line(try await client.job("2")),
        ReportText.jobs(try await client.jobs(limit: 9), now: 0),
      ]
      answers.append(
        String(
          decoding: try Disclosure.stripped(
            try await life.pipeline.requests.record(.qualification, of: "release-a-1")), as: UTF8.self))
      #expect(answers[4] == #"{"outcome":"passed","rows":[{"model":{"width":8}}]}"# + "\n")
      #expect(answers[1].contains("loss") && answers[3].contains("generator trained"))
      for answer in answers {
        for secret in ["6e7a77", "automobile", source, "74747"] {
          #expect(!answer.contains(secret), "\(secret) in \(answer)")
        }
      }
    }
  }

  @Test func refusalsCarryTheirReason() async throws {
    let harness = try Harness()
    try await serve(harness) { _, client in
      await #expect(throws: ServiceError.refused(status: 404, code: "no-such-job", message: "there is no job 9")) {
        try await client.retry("9")
      }
      await #expect(throws: ServiceError.refused(status: 404, code: "no-such-job", message: "there is no job ../x y")) {
        try await client.cancel("../x y")
      }
      await #expect(
        throws: ServiceError.refused(status: 404, code: "no-such-dataset", message: "there is no dataset é")
      ) {
        try await client.retrain("é")
      }
    }
  }

  @Test func onlyTheGroupMaySpeakToIt() async throws {
    let harness = try Harness()
    try await serve(harness) { _, client in
      _ = try await client.status()
      let path = harness.service.socket
      let mode = { try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int }
      #expect(try await eventually { try mode() == 0o660 })
    }
    #expect(!exists(harness.service.socket))
  }

  @Test func aSocketLeftByAKilledDaemonIsReplaced() async throws {
    let harness = try Harness()
    try harness.root.write("", to: "control.sock")
    try FileManager.default.removeItem(atPath: harness.service.socket)
    // Bound and never removed, as after SIGKILL.
    let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    #expect(bindUnix(descriptor, harness.service.socket) == 0)
    close(descriptor)
    try await serve(harness) { (_: Harness.Life, client: ControlClient) async throws in
      #expect(try await eventually { (try? await client.status()) != nil })
    }
  }

  @Test func aSecondDaemonIsRefusedTheSocketOfTheFirst() async throws {
    let harness = try Harness()
    let other = try Harness { $0.service.socket = harness.service.socket }
    try await serve(harness) { _, client in
      let life = try other.life()
      let second = ControlServer(
        path: other.service.socket, pipeline: life.pipeline, inbox: life.inbox, configuration: life.box,
        ledger: life.ledger, system: other.system, started: 0,
        logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, onRunning: {})
      await #expect(throws: FileError.socketInUse(path: harness.service.socket, key: "service.socket")) {
        try await second.run()
      }
      #expect(try await client.status().inbox.directory == harness.inbox)
    }
    #expect(!exists(harness.service.socket))
  }

  @Test func aFileInTheSocketsPlaceIsLeftAlone() throws {
    let directory = try TemporaryDirectory()
    let file = try directory.write("mine", to: "control.sock")
    #expect(
      throws: FileError.socket(path: file, reason: "what is there is not a socket", key: "service.socket")
    ) { try SocketFile(path: file, key: "service.socket").claim() }
    #expect(text(at: file) == "mine")
    let inside = file + "/control.sock"
    let error = #expect(throws: FileError.self) { try SocketFile(path: inside, key: "service.socket").claim() }
    #expect(error?.description == "\(inside): cannot listen: File exists; set service.socket")
  }

  private func bindUnix(_ descriptor: Int32, _ path: String) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
    return withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
  }

  @Test func aMissingDaemonIsSaidInOneLine() async throws {
    let client = ControlClient(socket: "/nowhere/control.sock")
    await #expect(throws: ServiceError.notRunning(socket: "/nowhere/control.sock")) { try await client.status() }
    let directory = try TemporaryDirectory()
    let file = try directory.write("", to: "control.sock")
    await #expect(throws: ServiceError.notRunning(socket: file)) { try await ControlClient(socket: file).status() }
  }
}
