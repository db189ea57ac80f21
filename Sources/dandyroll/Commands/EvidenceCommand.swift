import ArgumentParser
import Evidence
import EvidencePackages
import Foundation
import Foundations
import Jobs
import Releases

/// `dandyroll evidence`: packages that somebody else can check.
struct EvidenceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evidence", abstract: "Checks evidence packages.", subcommands: [Verify.self])

  struct Verify: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Recomputes every figure of a package and checks its signatures and proofs, offline.",
      discussion: """
        docs/verify_evidence.py does the same without this program. Without a signature there is nobody whose claim it \
        is, and nothing more is said than “consistent, by nobody”.

        Example: dandyroll evidence verify evidence-look-1.tar --owner-key owner.pub
        Exit codes: 0 everything holds and is signed, 1 something does not hold, 2 wrong usage, 3 no evidence package \
        (also one whose plan no audit could have had), 4 everything holds and nobody signed, 75 stopped: give the same \
        command again.
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
        print(try CanonicalJSON.line(verification))
      } else {
        for check in verification.checks {
          printLine(
            "\(check.holds ? "ok    " : "FAILED")  \(check.rule)\(check.detail.isEmpty ? "" : ": \(check.detail)")")
        }
        let whose = ownerKey == nil ? ", whose owner only --owner-key can tell" : ", the owner's"
        printLine("signed   \(verification.signedBy.map { "by key \($0)\(whose)" } ?? "by nobody")")
        printLine("verdict  \(verification.finding.outcome): \(verification.suspect), \(verification.release)")
        for reason in verification.finding.reasons { printLine("         \(reason.sentence)") }
      }
      if verification.finding.exitCode != 0 { throw ExitCode(verification.finding.exitCode) }
    }
  }
}
