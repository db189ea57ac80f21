import ServiceFoundation

/// Runs job processes. `local` starts them on this machine; others may send them elsewhere.
protocol Executor: Sendable {
  /// Runs one job to its end. Progress and requests to stop go through `job`.
  func run(_ execution: Execution, job: RunningJob) async -> ExecutionEnd
}

/// What an executor needs to start a process.
struct Execution: Sendable, Equatable {
  /// The spec's path, and the directory that the process runs in.
  var spec: String
  var directory: String
  /// RLIMIT_DATA in bytes, 0 for none.
  var memory: Int
  var nice: Int
  var silence: Duration
  var stopGrace: Duration
  var logBytes: Int
}

/// Why a running job is asked to stop.
enum StopCause: Sendable, Equatable {
  case shutdown
  case cancel
}

enum ChildExit: Sendable, Equatable {
  case exited(Int32)
  case signalled(Int32)
  case notStarted(ServiceError)
}

/// All that is known of a process once it is over.
struct ExecutionEnd: Sendable, Equatable {
  var exit: ChildExit
  /// The last event that was not progress.
  var last: FinalEvent?
  var stop: StopCause?
  /// It was killed because it said nothing for too long.
  var wasSilent = false

  /// Exit code, or minus the signal; nil when nothing ran.
  var code: Int? {
    switch exit {
    case .exited(let code): Int(code)
    case .signalled(let number): -Int(number)
    case .notStarted: nil
    }
  }
}
