import Jobs
import Logging
import Synchronization
import Testing

@testable import Inbox
@testable import Ledger
@testable import Service
@testable import ServiceConfiguration
@testable import ServiceFoundation

/// Names of files and reasons of failures that would move a terminal's cursor or write a line of their own.
@Suite struct PrintedNamesTests {
  static let names = [
    "\u{1B}[2J\u{1B}[H", "x\njobs           0 failed", "a\rb", "\u{9B}31m", "gnp.\u{202E}exe", "\u{2066}a\u{2069}",
    "ca\u{200B}t", "a\u{2028}b", "a\u{7F}\u{8}b",
  ]

  private func isHarmless(_ text: String) -> Bool {
    text.unicodeScalars.allSatisfy { scalar in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator: false
      default: true
      }
    }
  }

  private func job(_ name: String) -> JobReport {
    var job = JobReport(
      id: "1", kind: .train, dataset: name, state: "waiting", isCancelling: false,
      input: .init(name: name, bytes: 1), filed: 0, crashes: 0)
    job.reason = name
    return job
  }

  private func report(_ name: String) -> StatusReport {
    var failed = job(name)
    failed.state = "failed"
    failed.failure = JobFailure(kind: .refused, code: "c", stage: "s", message: "m")
    failed.failure?.message = name
    return StatusReport(
      version: "1", pid: 1, state: "serving", started: 0,
      configuration: .init(file: name, loaded: 0, problems: [name], needsRestart: [name]),
      inbox: .init(
        directory: name, watching: "inotify", reason: name, count: 1,
        files: [.init(name: name, bytes: 1, state: .blocked, note: name)]),
      jobs: [:], failed: [failed], active: [job(name)],
      datasets: [.init(name: name, releases: 1, newest: name, unpublished: [], hasGenerator: true)],
      suspects: nil, alerts: [name], stuck: [name])
  }

  @Test(arguments: names) func statusShowsThemInTheirLine(name: String) {
    func lines(_ name: String) -> [Substring] {
      ReportText.status(report(name), now: 1).split(separator: "\n", omittingEmptySubsequences: false)
    }
    #expect(lines(name).allSatisfy { isHarmless(String($0)) })
    #expect(lines(name).count == lines("harmless").count)
    #expect(isHarmless(ReportText.job(job(name), now: 1)))
    #expect(ReportText.jobs(JobsReport(jobs: [job(name)]), now: 1).split(separator: "\n").count == 2)
  }

  @Test(arguments: names) func errorsSayThemInOneLine(name: String) {
    let errors: [any DaemonError] = [
      LedgerError.inputMissing(path: name), InboxError.digestMismatch(path: name, expected: name, found: ""),
      LedgerError.unusable(path: "", message: name), LedgerError.noSuchDataset(name),
      ServiceError.refused(status: 400, code: "", message: name), ServiceError.unreadableAnswer(message: name),
      InboxError.alreadyReleased(path: name, release: name),
      FileError.failed(operation: "open", path: name, errno: 2),
    ]
    for error in errors { #expect(isHarmless(error.description), "\(error)") }
    let configuration = ConfigurationError.invalid(
      file: name, problems: [.init(line: 1, key: name, rule: name), .init(line: 2, key: nil, rule: name)])
    #expect(configuration.description.split(separator: "\n").map(String.init).count == 2)
    #expect(configuration.description.split(separator: "\n").allSatisfy { isHarmless(String($0)) })
  }

  @Test(arguments: names) func theJournalGetsOneEntry(name: String) {
    let written = Written()
    let handler = JournalLogHandler(isJournal: true) { written.add($0) }
    let logger = Logger(label: "test") { _ in handler }
    logger.error("\(name)", metadata: ["file": "\(name)"])
    #expect(written.lines.count == 1)
    #expect(written.lines.allSatisfy { $0.hasSuffix("\n") && isHarmless(String($0.dropLast())) })
  }
}

private final class Written: Sendable {
  private let kept = Mutex<[String]>([])
  var lines: [String] { kept.withLock { $0 } }
  func add(_ line: String) { kept.withLock { $0.append(line) } }
}
