import ArgumentParser
import Evidence
import Foundation
import Jobs
import Workers

/// `dandyroll evidence`: packages that somebody else can check.
struct EvidenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence", abstract: "Checks evidence packages.", subcommands: [Verify.self])

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Recomputes every figure of a package and checks its signatures and proofs, offline.",
      discussion: """
        docs/verify_evidence.py does the same without this program.

        Example: dandyroll evidence verify evidence-look-1.tar --owner-key owner.pub
        Exit codes: 0 everything holds, 1 something does not, 2 wrong usage, 3 no evidence package, 75 stopped: give the \
        same command again.
        """)

    @Argument(help: "The package: a tar archive or its directory.")
    var package: String

    @Option(help: "The owner's public key, which must have signed the package (default: the key inside it).")
    var ownerKey: String?

    @Flag(help: "Print the result as JSON.")
    var json = false

    func run() async throws {
      let (package, ownerKey) = (package, ownerKey)
      let verification = try await StoppableWork.run {
        try EvidenceVerification(package: package, ownerKey: ownerKey, $0)
      }
      if json {
        print(try JobJSON.line(verification))
      } else {
        for check in verification.checks {
          printLine(
            "\(check.holds ? "ok    " : "FAILED")  \(check.rule)\(check.detail.isEmpty ? "" : ": \(check.detail)")")
        }
        printLine("signed   \(verification.signedBy.map { "by key \($0)" } ?? "by nobody")")
        printLine("verdict  \(verification.verdict.outcome.rawValue): \(verification.suspect), \(verification.release)")
        for reason in verification.verdict.reasons { printLine("         \(reason.sentence)") }
      }
      if !verification.holds { throw ExitCode(1) }
    }
  }
}
