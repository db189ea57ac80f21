import ArgumentParser
import Foundation
import Foundations
import Jobs
import Work

/// How a command ends that did not run through: one line on standard error, and the exit code of the contract.
struct CommandEnd {
  private let code: Int32
  private let message: String
  private let isHelp: Bool

  static let stopped = "stopped; give the same command again"

  init(_ error: any Error) {
    switch error {
    case let exit as ExitCode:
      (code, message, isHelp) = (exit.rawValue, "", false)
    case let refusal as UsageError:
      (code, message, isHelp) = (2, "dandyroll: \(refusal.description.printable)", false)
    case WorkError.stopped:
      (code, message, isHelp) = (JobExit.again, "dandyroll: \(Self.stopped)", false)
    case is CleanExit:
      (code, message, isHelp) = (0, Dandyroll.fullMessage(for: error), true)
    case is ValidationError:
      (code, message, isHelp) = (2, Dandyroll.fullMessage(for: error), false)
    default:
      let parsed = Dandyroll.exitCode(for: error)
      if parsed == .success || parsed == .validationFailure {
        isHelp = parsed == .success
        (code, message) = (isHelp ? 0 : 2, Dandyroll.fullMessage(for: error))
      } else {
        let failure = JobFailure(error, stage: "command")
        (code, message, isHelp) = (failure.exitCode, "dandyroll: \(failure.message)", false)
      }
    }
  }

  func exit() -> Never {
    if !message.isEmpty { (isHelp ? StandardStream.output : .error).write(message + "\n") }
    Foundation.exit(code)
  }
}

/// A value on the command line that breaks a rule.
struct UsageError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
