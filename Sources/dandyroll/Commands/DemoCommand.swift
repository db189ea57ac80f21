import ArgumentParser
import Foundation

/// `dandyroll demo`: the whole path on a drawn dataset, without downloads.
struct DemoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo", abstract: "Shows the whole path on a small dataset that it draws itself.",
    discussion: """
      Starts the daemon in a directory of its own, drops an archive into its inbox, waits for the release, trains one \
      model on the release and one on the clean data, and prints the verdict on both. Takes a minute or two on two cores.

      Exit codes: 0 the model of the release was convicted and the other one was not, 1 failed, 2 wrong usage, 75 stopped.
      """)

  @Option(help: "Where to work (default: a new temporary directory). Everything that is made stays there.")
  var directory: String?

  @Option(help: "Seed of the drawing, the trainings and the coins.")
  var seed: UInt64 = 1

  @OptionGroup var compute: ComputeOptions

  func run() async throws {
    let place =
      directory.map { URL(fileURLWithPath: $0).path }
      ?? FileManager.default.temporaryDirectory.appendingPathComponent("dandyroll-demo-\(getpid())").path
    let demo = try Demo(directory: place, seed: seed, threads: compute.threads)
    try await demo.run()
  }
}
