import ArgumentParser
import Foundation
import Service
import ServiceConfiguration
import ServiceFoundation

/// Where the daemon's configuration is; shared by everything that serves or speaks to the daemon.
struct ConfigurationOption: ParsableArguments {
  static let standardFile = "/etc/dandyroll/dandyroll.toml"

  @Option(name: .long, help: "The configuration file.")
  var config: String = Self.standardFile
}

/// How a command finds the daemon.
struct DaemonConnection: ParsableArguments {
  @OptionGroup var configuration: ConfigurationOption

  @Option(name: .long, help: "The daemon's control socket, instead of the one that the configuration names.")
  var socket: String?

  /// Asks the daemon; what goes wrong is said in one line, with exit code 1.
  func ask<Answer>(_ body: (ControlClient) async throws -> Answer) async throws -> Answer {
    do {
      let path: String
      if let socket { path = socket } else { path = try Configuration.socket(in: configuration.config) }
      return try await body(ControlClient(socket: path))
    } catch let error as any DaemonError {
      throw error.reported
    }
  }

  static var now: Int { Int(Date().timeIntervalSince1970) }
}

extension DaemonError {
  /// Says on standard error what went wrong; the exit code to end with.
  var reported: ExitCode {
    FileHandle.standardError.write(Data("\(self)\n".utf8))
    return ExitCode(1)
  }
}
