import ArgumentParser
import Work

/// `dandyroll key`: the owner's key.
struct KeyCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "key", abstract: "Makes the owner's signing key.", subcommands: [Generate.self])

  struct Generate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Draws an Ed25519 key that signs releases, evidence packages and alerts.",
      discussion: """
        Writes NAME.key (secret, mode 0600, for `signing-key` in the configuration) and NAME.pub, which minisign reads: \
        publish it. Existing files are never replaced.

        Example: dandyroll key generate owner
        Exit codes: 0 done, 1 a file is there already or cannot be written, 2 wrong usage.
        """)

    @Argument(help: "The files' name without its ending.")
    var name: String

    func run() async throws {
      let key = try OwnerKeyFiles(name: name)
      printLine("key \(key.identifier): \(name).key, \(name).pub")
    }
  }
}
