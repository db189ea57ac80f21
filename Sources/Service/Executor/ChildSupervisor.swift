import CLinux
import Foundations
import Glibc
import Jobs
import Logging
import ServiceFoundation

/// Reads what one child says, stops it when asked or when it falls silent, and reaps it.
struct ChildSupervisor {
  static let longestLine = 64 << 10
  /// Lines of standard error that one run may put into the journal; the job's log takes the rest.
  static let journalLines = 2000

  private let child: clinux_child
  private let execution: Execution
  private let job: RunningJob
  private let clock: @Sendable () -> Int
  private let logger: Logger
  private let log: JobLog?

  private var events = LineSplitter(limit: Self.longestLine)
  private var remarks = LineSplitter(limit: Self.longestLine)
  private var buffer = [UInt8](repeating: 0, count: 64 << 10)
  private var last: FinalEvent?
  private var lastHeard: Int
  private var oddLines = 0
  private var journalled = 0

  init(
    child: clinux_child, execution: Execution, job: RunningJob, clock: @escaping @Sendable () -> Int, logger: Logger
  ) {
    self.child = child
    self.execution = execution
    self.job = job
    self.clock = clock
    var logger = logger
    logger[metadataKey: "job"] = "\(job.id)"
    self.logger = logger
    lastHeard = clock()
    do {
      log = try JobLog(path: execution.directory + "/job.log", limit: execution.logBytes)
    } catch {
      logger.warning("the job's log cannot be written: \(error)")
      log = nil
    }
  }

  /// Returns once the child has been reaped; calls `alive` whenever it is heard.
  mutating func run(alive: () -> Void) -> ExecutionEnd {
    var output = child.standard_output
    var remarksEnd = child.standard_error
    var stop: StopCause?
    var stopSent: Int?
    var isKilled = false
    var wasSilent = false
    while true {
      let ready = max(0, clinux_wait_readable(output, remarksEnd, 100))
      if ready & 1 != 0, !drain(&output, isEvents: true) { output = -1 }
      if ready & 2 != 0, !drain(&remarksEnd, isEvents: false) { remarksEnd = -1 }
      let now = clock()
      if now - lastHeard < execution.silence.milliseconds { alive() }

      if stopSent == nil, let cause = job.stopRequest {
        (stop, stopSent) = (cause, now)
        kill(-child.pid, SIGTERM)
      }
      if !isKilled, let since = stopSent, now - since >= execution.stopGrace.milliseconds {
        isKilled = true
        kill(-child.pid, SIGKILL)
      }
      if !isKilled, stopSent == nil, now - lastHeard >= execution.silence.milliseconds {
        (isKilled, wasSilent) = (true, true)
        kill(-child.pid, SIGKILL)
      }

      var code: Int32 = 0
      let reaped = clinux_reap(child.pid, &code)
      if reaped == 0 { continue }
      // The rest of what it said is in the pipes, complete: its whole group has ended.
      while output >= 0, drain(&output, isEvents: true), clinux_wait_readable(output, -1, 0) != 0 {}
      while remarksEnd >= 0, drain(&remarksEnd, isEvents: false), clinux_wait_readable(remarksEnd, -1, 0) != 0 {}
      finishLines()
      // A cancellation that came after a shutdown's request counts as such.
      if stop != nil, let cause = job.stopRequest { stop = cause }
      let exit: ChildExit = reaped < 0 || code < 0 ? .signalled(reaped < 0 ? SIGKILL : -code) : .exited(code)
      return ExecutionEnd(exit: exit, last: last, stop: stop, wasSilent: wasSilent)
    }
  }

  /// Reads what is there; false at the end of the stream.
  private mutating func drain(_ descriptor: inout Int32, isEvents: Bool) -> Bool {
    let count = read(descriptor, &buffer, buffer.count)
    if count == 0 { return false }
    if count < 0 { return errno == EAGAIN || errno == EINTR }
    let bytes = buffer[..<count]
    if isEvents {
      var lines: [(line: [UInt8], isCut: Bool)] = []
      events.take(bytes) { lines.append(($0, $1)) }
      for (line, isCut) in lines { hear(line, isCut: isCut) }
    } else {
      var lines: [[UInt8]] = []
      remarks.take(bytes) { line, _ in lines.append(line) }
      for line in lines { take(remark: line) }
    }
    return true
  }

  private mutating func finishLines() {
    var lines: [(line: [UInt8], isCut: Bool)] = []
    events.finish { lines.append(($0, $1)) }
    for (line, isCut) in lines { hear(line, isCut: isCut) }
    var rest: [[UInt8]] = []
    remarks.finish { line, _ in rest.append(line) }
    for line in rest { take(remark: line) }
  }

  private mutating func hear(_ line: [UInt8], isCut: Bool) {
    guard !isCut, let event = try? CanonicalJSON.decode(JobEvent.self, from: line) else {
      oddLines += 1
      // Ten are enough to see what goes wrong.
      if oddLines <= 10 {
        logger.warning("not a job event: \(String(decoding: line.prefix(200), as: UTF8.self))")
      }
      return
    }
    lastHeard = clock()
    switch event {
    case .progress(let progress): job.note(progress, at: lastHeard)
    case .finished(let result): last = .finished(result)
    case .failed(let failure): last = .failed(failure)
    case .stopped: last = .stopped
    }
  }

  /// Keeps a line of the child's standard error, in which a name from an archive may stand, and passes it on.
  private mutating func take(remark line: [UInt8]) {
    keep(PrintableText(line, limit: .max).description + "\n")
    journal(line)
  }

  private func keep(_ text: String) {
    do {
      try log?.append(Array(text.utf8)[...])
    } catch {
      logger.warning("the job's log ends here: \(error)")
    }
  }

  private mutating func journal(_ line: [UInt8]) {
    journalled += 1
    if journalled <= Self.journalLines {
      logger.info("\(String(decoding: line.prefix(4096), as: UTF8.self))")
    } else if journalled == Self.journalLines + 1 {
      logger.notice("the job says more than the journal takes; the rest is in its log")
    }
  }
}

/// Cuts a stream of bytes into lines, holding at most one line of `limit` bytes.
struct LineSplitter {
  private let limit: Int
  private var line: [UInt8] = []
  private var isOverlong = false

  init(limit: Int) {
    self.limit = limit
  }

  /// Calls `body` with each whole line, without its newline; of a longer one the first `limit` bytes, marked as cut.
  mutating func take(_ bytes: some Sequence<UInt8>, body: (_ line: [UInt8], _ isCut: Bool) -> Void) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        finish(body: body)
      } else if line.count < limit {
        line.append(byte)
      } else {
        isOverlong = true
      }
    }
  }

  /// The last line of a stream that did not end it.
  mutating func finish(body: (_ line: [UInt8], _ isCut: Bool) -> Void) {
    if !line.isEmpty { body(line, isOverlong) }
    line.removeAll(keepingCapacity: true)
    isOverlong = false
  }
}

/// What a job says on its standard error: a file of bounded size, with one older file beside it.
final class JobLog {
  private let path: String
  private let limit: Int
  private var size = 0
  private var file: OpenFile?

  /// Appends to the file at `path`.
  ///
  /// - Throws: `FileError.failed`.
  init(path: String, limit: Int) throws(FileError) {
    self.path = path
    self.limit = limit
    let file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
    size = try file.stamp().size
    self.file = consume file
  }

  /// - Throws: `FileError.failed`; the log takes nothing more after that.
  func append(_ bytes: ArraySlice<UInt8>) throws(FileError) {
    guard file != nil else { return }
    if size > 0, size + bytes.count > limit {
      file = nil
      if rename(path, path + ".1") != 0 { throw .failed(operation: "rotate", path: path, errno: errno) }
      file = try OpenFile(path, O_WRONLY | O_CREAT | O_APPEND)
      size = 0
    }
    do {
      try file?.write(bytes)
    } catch {
      file = nil
      throw error
    }
    size += bytes.count
  }
}
