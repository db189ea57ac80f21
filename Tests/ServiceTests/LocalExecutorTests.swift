import CLinux
import Foundation
import Glibc
import Jobs
import Logging
import Synchronization
import Testing

@testable import Service
@testable import ServiceFoundation

/// Workers played by shell scripts: real processes, real signals.
@Suite struct LocalExecutorTests {
  private let directory: TemporaryDirectory

  init() throws {
    directory = try TemporaryDirectory()
  }

  private func execution(silence: Duration = .seconds(600), grace: Duration = .seconds(60), memory: Int = 0)
    -> Execution
  {
    Execution(
      spec: directory.path + "/SPEC.json", directory: directory.path, memory: memory, nice: 0, silence: silence,
      stopGrace: grace, logBytes: 16 << 10)
  }

  private func executor(_ script: String, heartbeats: Heartbeats = Heartbeats()) throws -> LocalExecutor {
    let path = try directory.write(script, to: "worker.sh")
    return LocalExecutor(
      program: "/bin/sh", arguments: ["sh", path], environment: LocalExecutor.environment(from: [:]),
      clock: HostSystem().steady, heartbeats: heartbeats,
      logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
  }

  private func run(_ script: String, _ execution: Execution? = nil, job: RunningJob = RunningJob(id: 1)) async throws
    -> ExecutionEnd
  {
    await (try executor(script)).run(execution ?? self.execution(), job: job)
  }

  @Test func jobsAreToldWhereSurveysAreKept() {
    #expect(
      LocalExecutor.arguments(surveys: "/s/.surveys") == ["dandyroll", "job", "run", "--surveys", "/s/.surveys"])
  }

  @Test func hearsEventsAndKeepsRemarks() async throws {
    let job = RunningJob(id: 1)
    let end = try await run(
      """
      echo '{"event":"progress","stage":"mark","done":3,"total":4,"unit":"samples"}'
      echo 'nonsense'
      echo "spec $1" >&2
      printf '{"event":"finished","result":{"kind":"train","train":'
      printf '{"generator":"/g","generatorDigest":"d","targetClass":"1","metrics":{}}}}'
      """, job: job)
    let result = JobResult(TrainResult(generator: "/g", generatorDigest: "d", target: "1", metrics: [:]))
    #expect(end == ExecutionEnd(exit: .exited(0), last: .finished(result)))
    #expect(job.progress?.progress.done == 3)
    #expect(text(at: directory.path + "/job.log") == "spec \(directory.path)/SPEC.json\n")
  }

  @Test func exitCodesComeThrough() async throws {
    for code: Int32 in [0, 1, 3, 75, 255] {
      #expect(try await run("exit \(code)").exit == .exited(code))
    }
  }

  @Test func crashesComeThroughAsSignals() async throws {
    #expect(try await run("kill -SEGV $$").exit == .signalled(SIGSEGV))
    #expect(try await run("kill -KILL $$").exit == .signalled(SIGKILL))
  }

  @Test func aProgramThatIsNotThereIsNamed() async throws {
    var executor = try executor("")
    executor.program = "/nowhere/dandyroll"
    let end = await executor.run(execution(), job: RunningJob(id: 1))
    #expect(end.exit == .notStarted(.spawn(program: "/nowhere/dandyroll", step: "exec", errno: ENOENT)))
  }

  @Test func aWorkingDirectoryThatIsNotThereIsNamed() async throws {
    var execution = execution()
    execution.directory = "/nowhere"
    let end = try await run("", execution)
    #expect(end.exit == .notStarted(.spawn(program: "/bin/sh", step: "working directory", errno: ENOENT)))
  }

  @Test func aSilentJobIsKilled() async throws {
    let end = try await run("echo started >&2; exec sleep 600", execution(silence: .milliseconds(300)))
    #expect(end.exit == .signalled(SIGKILL))
    #expect(end.wasSilent)
  }

  @Test func remarksAreNoSignOfLife() async throws {
    let end = try await run(
      "while :; do echo busy >&2; sleep 0.05; done", execution(silence: .milliseconds(400)))
    #expect(end.wasSilent)
  }

  @Test func eventsAreASignOfLife() async throws {
    let heartbeats = Heartbeats()
    let executor = try executor(
      """
      for i in 1 2 3 4 5 6 7 8; do
        echo '{"event":"progress","stage":"mark","done":1,"total":8,"unit":"samples"}'; sleep 0.1
      done
      """, heartbeats: heartbeats)
    let end = await executor.run(execution(silence: .milliseconds(500)), job: RunningJob(id: 1))
    #expect(end.exit == .exited(0))
    #expect(heartbeats.silent(at: HostSystem().steady() + Heartbeats.longestSilence + 10_000) == [.jobs])
  }

  private func started(_ name: String) async throws {
    #expect(try await eventually { exists(directory.path + "/" + name) })
  }

  @Test func aStoppedJobMayWriteItsCheckpoint() async throws {
    let job = RunningJob(id: 1)
    async let end = run(
      """
      trap 'echo saved > checkpoint; echo "{\\"event\\":\\"stopped\\"}"; exit 75' TERM
      touch started
      while :; do sleep 0.05; done
      """, job: job)
    try await started("started")
    job.stop(.shutdown)
    #expect(try await end == ExecutionEnd(exit: .exited(75), last: .stopped, stop: .shutdown))
    #expect(exists(directory.path + "/checkpoint"))
  }

  @Test func aJobThatDoesNotStopIsKilledAfterTheGrace() async throws {
    let job = RunningJob(id: 1)
    async let end = run(
      "trap '' TERM; touch started; while :; do sleep 0.05; done", execution(grace: .milliseconds(200)), job: job)
    try await started("started")
    job.stop(.cancel)
    #expect(try await end == ExecutionEnd(exit: .signalled(SIGKILL), stop: .cancel))
  }

  @Test func nothingThatAJobStartedOutlivesIt() async throws {
    let end = try await run("sleep 600 & echo $! > left; exit 0")
    #expect(end.exit == .exited(0))
    let left = try #require(text(at: directory.path + "/left").flatMap { pid_t($0.dropLast()) })
    // Killed at once; whoever adopted it reaps it in its own time.
    #expect(try await eventually { kill(left, 0) != 0 || isZombie(left) })
  }

  private func isZombie(_ pid: pid_t) -> Bool {
    (try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8))?.contains(") Z ") ?? true
  }

  @Test func anEndlessLineIsHeldOnlyUpToItsLimit() async throws {
    let end = try await run(
      """
      head -c 3000000 /dev/zero | tr '\\0' x
      echo; echo '{"event":"stopped"}'
      """)
    #expect(end.last == .stopped)
  }

  @Test func theLogIsBounded() async throws {
    _ = try await run("i=0; while [ $i -lt 4000 ]; do echo 'twenty bytes a line!' >&2; i=$((i+1)); done; echo end >&2")
    let sizes = ["job.log", "job.log.1"].map { text(at: directory.path + "/" + $0)?.utf8.count ?? 0 }
    #expect(sizes.allSatisfy { $0 > 0 && $0 <= 64 << 10 })
    #expect(try #require(text(at: directory.path + "/job.log")).hasSuffix("end\n"))
  }

  @Test func theProcessSeesOnlyWhatItIsGiven() async throws {
    let before = open("/dev/null", O_RDONLY)  // not close-on-exec: must not reach the job either
    defer { close(before) }
    _ = try await run(
      """
      env | sort > env; umask > umask; ls /proc/self/fd > fds; pwd > pwd; ulimit -d > data
      ps -o pgid= -p $$ > group; echo $$ > pid; readlink /proc/self/fd/0 > stdin
      """, execution(memory: 512 << 20))
    let path = directory.path
    let variables = try #require(text(at: path + "/env")).split(separator: "\n").map { $0.prefix { $0 != "=" } }
    #expect(Set(variables).isSubset(of: ["HOME", "LANG", "PATH", "PWD", "OLDPWD", "SHLVL", "TMPDIR", "_"]))
    #expect(text(at: path + "/umask")?.hasSuffix("022\n") == true)
    #expect(text(at: path + "/pwd") == path + "\n")
    #expect(text(at: path + "/stdin") == "/dev/null\n")
    #expect(text(at: path + "/data") == "524288\n")
    #expect(
      text(at: path + "/group")?.filter { !$0.isWhitespace } == text(at: path + "/pid")?.filter { !$0.isWhitespace })
    // 0, 1, 2 and the one with which `ls` reads the directory.
    #expect(text(at: path + "/fds") == "0\n1\n2\n3\n")
  }

  /// Otherwise a job would compute with other kernels than the daemon was told to.
  @Test func jobsComputeWithTheKernelsOfTheDaemon() {
    let own = ["DANDYROLL_KERNELS": "avx2", "NOTIFY_SOCKET": "/s", "HOME": "/h"]
    let environment = LocalExecutor.environment(from: own)
    #expect(environment["DANDYROLL_KERNELS"] == "avx2")
    #expect(Set(environment.keys) == ["DANDYROLL_KERNELS", "LANG", "PATH"])
    #expect(LocalExecutor.environment(from: [:])["DANDYROLL_KERNELS"] == nil)
  }

  @Test func aChildDiesWithTheThreadThatStartedIt() async throws {
    // What a killed daemon looks like to its children.
    let path = directory.path
    let pid = await withCheckedContinuation { (continuation: CheckedContinuation<pid_t, Never>) in
      let thread = Thread {
        var child = clinux_child()
        let arguments = Array("sh\0-c\0exec sleep 600\0".utf8)
        let result = clinux_spawn(
          "/bin/sh", arguments, arguments.count, [0], 0, path, clinux_child_limits(data_bytes: 0, nice: 0), &child)
        continuation.resume(returning: result == 0 ? child.pid : -1)
      }
      thread.start()
    }
    #expect(pid > 0)
    var code: Int32 = 0
    #expect(try await eventually { clinux_reap(pid, &code) == 1 })
    #expect(code == -SIGKILL)
  }
}
