import Foundation
import Glibc
import Testing

/// A daemon in a directory of its own, started and killed by a test.
final class TestDaemon {
  let directory: TemporaryDirectory
  private var process: Process?

  struct NeverHappened: Error { var what: String; var log: String }

  /// - Parameters:
  ///   - defaults: the lines of the configuration's `[defaults]`.
  ///   - qualifies: whether releases are judged before they go out, at the scale that `defaults` gives.
  ///   - service: further lines of `[service]`.
  init(defaults: String, service: String = "", extra: String = "", qualifies: Bool = false) throws {
    directory = try TemporaryDirectory()
    try """
    [service]
    state = "\(directory.path)"
    \(service)
    socket = "\(directory.file("control.sock"))"
    [inbox]
    settle = "200ms"
    rescan = "1s"
    [jobs]
    threads = 2
    crash-retries = 100
    retry-first = "100ms"
    \(extra)
    [defaults]
    qualify = \(qualifies)
    \(defaults)
    """.write(toFile: configuration, atomically: true, encoding: .utf8)
  }

  deinit { kill() }

  var configuration: String { directory.file("dandyroll.toml") }
  var log: String {
    String(decoding: FileManager.default.contents(atPath: directory.file("daemon.log")) ?? Data(), as: UTF8.self)
  }

  func start() throws {
    let path = directory.file("daemon.log")
    if !FileManager.default.fileExists(atPath: path) { try Data().write(to: URL(fileURLWithPath: path)) }
    let output = try #require(FileHandle(forWritingAtPath: path))
    try output.seekToEnd()
    let daemon = Process()
    daemon.executableURL = URL(fileURLWithPath: DandyrollProgram.path)
    daemon.arguments = ["serve", "--config", configuration]
    daemon.standardError = output
    daemon.standardOutput = output
    try daemon.run()
    process = daemon
  }

  /// SIGTERM, and the exit code.
  func stop() -> Int32 {
    guard let process else { return -1 }
    process.terminate()
    process.waitUntilExit()
    self.process = nil
    return process.terminationStatus
  }

  /// SIGKILL to the daemon.
  func kill() {
    guard let process, process.isRunning else { return }
    Glibc.kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    self.process = nil
  }

  /// SIGKILL to the job processes that run.
  func killJob() {
    for pid in jobs { Glibc.kill(pid, SIGKILL) }
  }

  /// The job processes that run.
  var jobs: [Int32] {
    guard let parent = process?.processIdentifier else { return [] }
    return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }
      .filter { Self.status(of: $0)?.parent == parent }
  }

  /// Whether a process is there; one that has ended and waits to be reaped is not.
  static func isAlive(_ pid: Int32) -> Bool { status(of: pid).map { $0.state != "Z" } ?? false }

  private static func status(of pid: Int32) -> (state: String, parent: Int32)? {
    guard let data = FileManager.default.contents(atPath: "/proc/\(pid)/stat") else { return nil }
    // The fields after the command's name, which ends at the last parenthesis: state, parent, …
    let fields = String(decoding: data, as: UTF8.self).split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 1, let parent = Int32(fields[1]) else { return nil }
    return (String(fields[0]), parent)
  }

  /// Puts a file into the inbox as a careful user does: under a name that is ignored, then renamed.
  func drop(_ file: String, as name: String? = nil) throws {
    let name = name ?? (file as NSString).lastPathComponent
    let inbox = directory.file("inbox")
    try FileManager.default.createDirectory(atPath: inbox, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: file, toPath: "\(inbox)/\(name).part")
    try FileManager.default.moveItem(atPath: "\(inbox)/\(name).part", toPath: "\(inbox)/\(name)")
  }

  func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: directory.file(name)) }

  func contents(_ name: String) -> Data? { FileManager.default.contents(atPath: directory.file(name)) }

  func wait(for what: String, seconds: Int = 300, until condition: () async throws -> Bool) async throws {
    for _ in 0..<seconds * 10 {
      if try await condition() { return }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw NeverHappened(what: what, log: String(log.suffix(3000)))
  }

  /// `dandyroll status --json` or `jobs --json`.
  func ask(_ command: String) async throws -> [String: Any] {
    let ended = try await DandyrollProgram.run(command, "--json", "--config", configuration)
    return try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any] ?? [:]
  }

  /// The result of a suspect's newest audit that is over.
  func newestAudit(of suspect: String) async throws -> [String: Any]? {
    let ended = try await DandyrollProgram.run("audits", suspect, "--json", "--config", configuration, expect: nil)
    let report = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any]
    let suspects = report?["suspects"] as? [[String: Any]]
    let audits = suspects?.first?["audits"] as? [[String: Any]] ?? []
    return audits.compactMap { $0["result"] as? [String: Any] }.first
  }

  /// Adds lines to the configuration and has the daemon read it again, as `systemctl reload` does.
  func reload(adding lines: String) throws {
    let text = try String(contentsOfFile: configuration, encoding: .utf8)
    try (text + lines).write(toFile: configuration, atomically: true, encoding: .utf8)
    if let process { Glibc.kill(process.processIdentifier, SIGHUP) }
  }
}
