import CLinux
import Foundation
import Glibc
import Logging
import ServiceFoundation

/// Runs jobs as child processes of this program.
struct LocalExecutor: Executor {
  /// The program, the arguments before the spec's path, and what it finds in its environment.
  var program = "/proc/self/exe"
  var arguments: [String]
  var environment: [String: String]
  var clock: @Sendable () -> Int
  var heartbeats: Heartbeats
  var logger: Logger

  /// - Parameter surveys: directory of kept surveys, which decide no result and so are no part of a spec.
  static func arguments(surveys: String) -> [String] { ["dandyroll", "job", "run", "--surveys", surveys] }

  /// What jobs find in their environment: of what could change a result only the kernels, which are the daemon's own.
  static func environment(from own: [String: String]) -> [String: String] {
    var environment = ["PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8"]
    // Where a program that was not linked statically finds Swift's libraries, and which kernels it computes with.
    for name in ["LD_LIBRARY_PATH", "DANDYROLL_KERNELS"] { environment[name] = own[name] }
    return environment
  }

  func run(_ execution: Execution, job: RunningJob) async -> ExecutionEnd {
    await withCheckedContinuation { continuation in
      // A thread of its own, because Linux kills the child when the thread that started it ends.
      let thread = Thread {
        continuation.resume(returning: supervise(execution, job: job))
      }
      thread.name = "job-\(job.id)"
      thread.start()
    }
  }

  /// Starts the process and stays with it to its end.
  private func supervise(_ execution: Execution, job: RunningJob) -> ExecutionEnd {
    var environment = environment
    environment["HOME"] = execution.directory
    environment["TMPDIR"] = execution.directory
    let arguments = Self.block(arguments + [execution.spec])
    let variables = Self.block(environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" })
    var child = clinux_child()
    let result = clinux_spawn(
      program, arguments, arguments.count, variables, variables.count, execution.directory,
      clinux_child_limits(data_bytes: UInt64(execution.memory), nice: Int32(execution.nice)), &child)
    guard result == 0 else {
      let step = Self.steps[Int(child.failed_step.rawValue)] ?? "step \(child.failed_step.rawValue)"
      return ExecutionEnd(exit: .notStarted(.spawn(program: program, step: step, errno: -result)))
    }
    if child.nice_error != 0 {
      logger.warning(
        "the job runs without its niceness: \(Errno.text(child.nice_error))", metadata: ["job": "\(job.id)"])
    }
    var supervisor = ChildSupervisor(child: child, execution: execution, job: job, clock: clock, logger: logger)
    let end = supervisor.run { heartbeats.beat(.jobs, at: clock()) }
    close(child.standard_output)
    close(child.standard_error)
    return end
  }

  private static func block(_ strings: [String]) -> [UInt8] {
    strings.flatMap { Array($0.utf8) + [0] }
  }

  private static let steps: [Int: String] = [
    Int(CLINUX_STEP_PIPE.rawValue): "pipe", Int(CLINUX_STEP_FORK.rawValue): "fork",
    Int(CLINUX_STEP_GROUP.rawValue): "process group", Int(CLINUX_STEP_DEATH_SIGNAL.rawValue): "death signal",
    Int(CLINUX_STEP_LIMIT.rawValue): "memory limit", Int(CLINUX_STEP_DIRECTORY.rawValue): "working directory",
    Int(CLINUX_STEP_DESCRIPTORS.rawValue): "descriptors", Int(CLINUX_STEP_EXEC.rawValue): "exec",
  ]
}
