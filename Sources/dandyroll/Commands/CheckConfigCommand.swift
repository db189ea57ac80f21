import ArgumentParser
import ServiceConfiguration
import Watermarks

struct CheckConfigCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "check-config",
    abstract: "Check a configuration file and print the effective values.",
    discussion: """
      Every problem is printed as FILE:LINE: KEY: RULE. The effective values are printed as TOML and read back as the \
      same configuration.

      Example: dandyroll check-config --config ./dandyroll.toml
      Exit codes: 0 the file is good, 1 it is not, 2 wrong usage.
      """)

  @OptionGroup var file: ConfigurationOption

  func run() throws {
    do {
      let methods = MethodRegistry.standard.declarations
      print(try Configuration.read(from: file.config, methods: methods).text(with: methods), terminator: "")
    } catch {
      throw error.reported
    }
  }
}
