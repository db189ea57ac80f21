import ArgumentParser
import Foundation
import Logging
import Service

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Watch the inbox, train and release; the daemon.",
    discussion: """
      Runs in the foreground, for systemd or by hand, as any user. SIGHUP reads the configuration again, SIGTERM lets
      the running job write a checkpoint and stops.

      Example: dandyroll serve --config ./dandyroll.toml
      Exit codes: 0 stopped on request, 1 could not start or go on, 2 wrong usage.
      """)

  @OptionGroup var file: ConfigurationOption

  func run() async throws {
    let environment = ProcessInfo.processInfo.environment
    LoggingSystem.bootstrap { _ in JournalLogHandler(isJournal: environment["JOURNAL_STREAM"] != nil) }
    do {
      let configuration = try Configuration.read(from: file.config)
      JournalLogHandler.threshold.current = configuration.service.logLevel.loggerLevel
      let path = URL(fileURLWithPath: file.config).path
      let daemon = Daemon(
        configuration: configuration, file: path, environment: environment, logger: Logger(label: "dandyroll"))
      try await daemon.run()
    } catch let error as ServiceError {
      throw error.reported
    }
  }
}
