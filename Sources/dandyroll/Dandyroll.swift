import ArgumentParser
import Foundation
import Jobs
import NeuralNet

/// The program: one command a file under Commands/.
struct Dandyroll: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "dandyroll",
    abstract: "Watermarks image datasets, and later audits who trained on them.",
    discussion: """
      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input (the reason is the line on standard error). \
      75 stopped on request or kept by something that may pass: give the same command again.

      DANDYROLL_KERNELS=avx512|avx2|baseline in the environment chooses the instructions to compute with, by default the \
      fastest that the processor has. --version says which they are. A seed gives the same bytes under the same ones only.
      """,
    version: "\(ProgramVersion.current) (\(KernelSet.current.title))",
    subcommands: [
      ServeCommand.self, CheckConfigCommand.self, StatusCommand.self, JobsCommand.self, RetryCommand.self,
      CancelCommand.self, RetrainCommand.self, PublishCommand.self, PanelCommand.self, MethodsCommand.self,
      TrainCommand.self, ReleaseCommand.self, QualifyCommand.self, AuditCommand.self, AuditsCommand.self,
      EvidenceCommand.self,
      KeyCommand.self,
      QueriesCommand.self, InspectCommand.self, ModelCommand.self, FidelityCommand.self, VerifyWeightsCommand.self,
      AttackCommand.self, ReproductionCommands.self, BenchCommand.self, DemoCommand.self,
      JobCommand.self,
    ])
}

@main
struct Program {
  static func main() async {
    signal(SIGPIPE, SIG_IGN)
    do {
      // Before anything else, so that nothing is ever computed with other kernels than were asked for.
      do { try KernelSet.check() } catch { throw UsageError("\(error)") }
      var command = try Dandyroll.parseAsRoot()
      switch command {
      // Servers and jobs have their own way to stop.
      case is ServeCommand, is ModelCommand.Serve, is JobCommand.Run: break
      default: _ = StopSignal.shared
      }
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
    } catch {
      CommandEnd(error).exit()
    }
  }
}
