import Glibc
import Jobs
import Ledger
import ServiceFoundation

/// The event with which a process said how it ended.
enum FinalEvent: Sendable, Equatable {
  case finished(JobResult)
  case failed(JobFailure)
  case stopped
}

/// What the end of a process means for its job.
enum JobOutcome: Sendable, Equatable {
  case finished(JobResult)
  /// Over for good.
  case rejected(JobFailure)
  /// The same job may pass later.
  case later(reason: String, failure: JobFailure?)
  /// Nobody knows why; worth a few more runs.
  case crashed(JobFailure)
  /// On the daemon's request.
  case stopped(StopCause)

  /// As the attempt's record calls it.
  var attempt: AttemptRecord.Outcome {
    switch self {
    case .finished: .finished
    case .rejected: .failed
    case .later: .again
    case .crashed: .crashed
    case .stopped: .stopped
    }
  }
}

extension JobOutcome {
  init(_ end: ExecutionEnd, silence: Duration) {
    func crash(_ code: String, _ message: String) -> JobOutcome {
      .crashed(JobFailure(kind: .failed, code: code, stage: "process", message: message))
    }
    if end.wasSilent {
      self = crash("silent", "the job said nothing for \(DurationText.text(silence)) and was killed")
      return
    }
    switch (end.last, end.exit) {
    case (.finished(let result), .exited(0)):
      self = .finished(result)
    case (.failed(let failure), _) where failure.kind == .transient:
      self = end.stop.map(JobOutcome.stopped) ?? .later(reason: failure.message, failure: failure)
    case (.failed(let failure), _):
      self = .rejected(failure)
    case (_, .exited(JobExit.again)):
      self = end.stop.map(JobOutcome.stopped) ?? .later(reason: "the job asked to be run again", failure: nil)
    case (_, .signalled(SIGTERM)), (_, .signalled(SIGKILL)):
      self =
        end.stop.map(JobOutcome.stopped) ?? crash("killed", "the job was killed by \(SignalName.text(end.exit))")
    case (_, .signalled):
      self = crash("crashed", "the job crashed: \(SignalName.text(end.exit))")
    case (_, .notStarted(let error)):
      self =
        error.isTransient
        ? .later(reason: error.description, failure: nil) : crash("not-started", error.description)
    case (_, .exited(3)):
      self = .rejected(
        JobFailure(
          kind: .refused, code: "refused", stage: "process", message: "the job refused its input without a reason"))
    case (.finished, .exited(let code)):
      self = crash("exit", "the job said that it had finished and then ended with exit code \(code)")
    case (_, .exited(let code)):
      self = crash("exit", "the job ended with exit code \(code) and without a result")
    }
  }
}

/// Signals by their names.
private enum SignalName {
  static func text(_ exit: ChildExit) -> String {
    guard case .signalled(let number) = exit else { return "\(exit)" }
    let names: [Int32: String] = [
      SIGKILL: "SIGKILL (out of memory, or by hand)", SIGTERM: "SIGTERM", SIGSEGV: "SIGSEGV", SIGBUS: "SIGBUS",
      SIGABRT: "SIGABRT", SIGILL: "SIGILL (a trap: a broken assumption, or memory that the limit refused)",
      SIGFPE: "SIGFPE", SIGTRAP: "SIGTRAP", SIGXCPU: "SIGXCPU", SIGSYS: "SIGSYS (a forbidden system call)",
      SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGPIPE: "SIGPIPE",
    ]
    return names[number] ?? "signal \(number)"
  }
}
