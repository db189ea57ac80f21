import ArgumentParser
import Foundation
import Jobs
import Workers

/// The daemon's side door: a job process.
struct JobCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "job", abstract: "Runs one job; used by the daemon.", shouldDisplay: false, subcommands: [Run.self])

  struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Does what a job spec says; events are JSON lines on standard output.")

    @Option(help: "Directory of kept surveys.")
    var surveys: String?

    @Argument(help: "The job's SPEC.json.")
    var specification: String

    func run() async throws {
      let signal = StopSignal()
      let process = JobProcess(
        specification: specification, surveys: surveys,
        emit: { StandardStream.output.write($0.line + "\n") },
        note: { StandardStream.error.write($0 + "\n") },
        stopRequested: { signal.isRequested })
      let code = await withCheckedContinuation { continuation in
        Thread.detachNewThread { continuation.resume(returning: process.run()) }
      }
      throw ExitCode(code)
    }
  }
}
