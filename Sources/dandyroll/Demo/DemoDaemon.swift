import Foundation
import Jobs
import Service
import Synchronization

/// A daemon of this same program, in a directory of its own, that ends with the demo, also when that is killed.
final class DemoDaemon {
  private let process = Process()
  /// Its standard input. Nothing is ever written: the daemon stops when the writing end closes, as it does with us.
  private let lifeline = Pipe()
  private let client: ControlClient
  private let log: String

  /// - Parameter directory: holds the state, the configuration and the log.
  init(directory: String, seed: UInt64, threads: Int?) throws {
    let socket = "\(directory)/control.sock"
    let file = "\(directory)/dandyroll.toml"
    log = "\(directory)/daemon.log"
    client = ControlClient(socket: socket)
    // Small networks and few steps: the demo shows the path, in minutes.
    try """
    [service]
    state = "\(directory)"
    socket = "\(socket)"
    [inbox]
    settle = "500ms"
    [jobs]
    threads = \(threads ?? 0)
    [defaults]
    selection = "random"
    painting = "full"
    rate = "50% of dataset"
    epsilon = "24/255"
    seed = \(seed)
    surrogate-width = 8
    surrogate-epochs = 3
    # Judging the release takes longer than making it; the demo trains two models of its own instead.
    qualify = false
    """.write(toFile: file, atomically: true, encoding: .utf8)
    try Data().write(to: URL(fileURLWithPath: log))
    process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments = ["serve", "--config", file, "--until-input-ends"]
    process.standardInput = lifeline
    process.standardError = FileHandle(forWritingAtPath: log)
    process.standardOutput = FileHandle.nullDevice
    try process.run()
  }

  deinit {
    if process.isRunning {
      process.terminate()
      process.waitUntilExit()
    }
  }

  /// Asks until the daemon answers.
  /// - Throws: `DemoError.daemon` if it ends or stays silent.
  func waitUntilServing() async throws {
    for _ in 0..<100 {
      if (try? await client.status()) != nil { return }
      guard process.isRunning else { break }
      try await Task.sleep(for: .milliseconds(100))
    }
    throw DemoError.daemon(log: log)
  }

  /// Waits for the first release and hands on the progress of every job until then.
  func firstRelease(_ show: (JobReport) -> Void) async throws -> JobReport {
    while true {
      guard process.isRunning else { throw DemoError.daemon(log: log) }
      let jobs = try await client.jobs(limit: 10).jobs
      if let failed = jobs.first(where: { $0.state == "failed" }) {
        throw DemoError.job(failed.failure?.message ?? "job \(failed.id) failed")
      }
      if let done = jobs.first(where: { $0.release != nil && $0.state == "done" }) { return done }
      for job in jobs where job.state == "running" { show(job) }
      try await Task.sleep(for: .milliseconds(250))
    }
  }
}

enum DemoError: Error, CustomStringConvertible {
  case daemon(log: String)
  case job(String)
  case file(String)
  /// Of the two models, the one that was trained on the release was not convicted, or the other one was.
  case verdict

  var description: String {
    switch self {
    case .daemon(let log): "the daemon ended; its log is \(log)"
    case .job(let message): message
    case .file(let path): "\(path): cannot be written"
    case .verdict: "the verdicts are not those that the demo is made to show; --seed draws another one"
    }
  }
}
