import ArgumentParser
import Jobs
import Watermarks

/// `dandyroll methods`: how a dataset may be marked.
struct MethodsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "methods",
    abstract: "Print the methods of marking and their settings.",
    discussion: """
      Each setting with its default as the configuration writes it, what it is for, and what it may be. `train --set \
      KEY=VALUE` takes the same keys.

      Exit codes: 0 done, 2 wrong usage.
      """)

  @Flag(help: "As the table in docs/formats.")
  var markdown = false

  func run() {
    let reference = MethodReference(MethodRegistry.standard.declarations)
    print(markdown ? reference.markdown : reference.text)
  }
}
