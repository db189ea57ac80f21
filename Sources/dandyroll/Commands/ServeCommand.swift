import ArgumentParser
import Foundation
import Logging
import Service
import ServiceConfiguration
import ServiceFoundation
import Watermarks

struct ServeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve",
    abstract: "Watch the inbox, train and release; the daemon.",
    discussion: """
      Runs in the foreground, for systemd or by hand. Any user may run it whose `state` and `socket` under [service] \
      are places of their own; the default ones belong to the installed daemon. SIGHUP reads the configuration again, \
      SIGTERM lets the running job write a checkpoint and stops.

      Example: dandyroll serve --config ./dandyroll.toml
      Exit codes: 0 stopped on request, 1 could not start or go on, 2 wrong usage.
      """)

  @OptionGroup var file: ConfigurationOption

  /// For a daemon that belongs to another process and is not to outlive it.
  @Flag(help: .hidden)
  var untilInputEnds = false

  func run() async throws {
    if untilInputEnds { Self.stopWhenInputEnds() }
    let environment = ProcessInfo.processInfo.environment
    LoggingSystem.bootstrap { _ in JournalLogHandler(isJournal: environment["JOURNAL_STREAM"] != nil) }
    do {
      let methods = MethodRegistry.standard.declarations
      let configuration = try Configuration.read(from: file.config, methods: methods)
      JournalLogHandler.threshold.current = configuration.service.logLevel.loggerLevel
      let path = URL(fileURLWithPath: file.config).path
      let daemon = Daemon(
        configuration: configuration, file: path, methods: methods, environment: environment,
        logger: Logger(label: "dandyroll"))
      try await daemon.run()
    } catch let error as any DaemonError {
      throw error.reported
    }
  }

  /// Stops as on SIGTERM once nobody holds the other end of standard input: then whoever started us is gone, whatever
  /// ended them.
  private static func stopWhenInputEnds() {
    Thread.detachNewThread {
      var byte: UInt8 = 0
      while true {
        let count = read(STDIN_FILENO, &byte, 1)
        if count > 0 || count < 0 && errno == EINTR { continue }
        kill(getpid(), SIGTERM)
        return
      }
    }
  }
}
