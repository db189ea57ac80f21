package import Jobs
import ServiceFoundation
import Synchronization

/// The configuration in force, and what became of the last attempt to change it.
package final class ConfigurationBox: Sendable {
  package struct State: Sendable {
    package var configuration: Configuration
    /// Milliseconds since 1970.
    package var loaded: Int
    /// What kept the last reload from taking effect.
    package var problems: [String] = []
    /// Changed keys that a running daemon cannot follow.
    package var needsRestart: [String] = []
  }

  package let file: String
  private let methods: [MethodDeclaration]
  private let state: Mutex<State>

  /// - Parameter methods: what the file may choose from when it is read again.
  package init(_ configuration: Configuration, file: String, methods: [MethodDeclaration], now: Int) {
    self.file = file
    self.methods = methods
    state = Mutex(State(configuration: configuration, loaded: now))
  }

  package var current: Configuration { state.withLock { $0.configuration } }

  package var snapshot: State { state.withLock { $0 } }

  /// Reads the file again. A bad file changes nothing; paths stay as they were until a restart.
  package func reload(now: Int) -> State {
    let result = Result { () throws(ConfigurationError) in try Configuration.read(from: file, methods: methods) }
    return state.withLock { state in
      switch result {
      case .failure(let error):
        state.problems = error.description.split(separator: "\n").map(String.init)
      case .success(var configuration):
        let old = state.configuration.service
        state.needsRestart =
          ServiceSettings.settings
          .filter {
            $0.key != "log-level" && $0.key != "keep-originals" && $0.text(old) != $0.text(configuration.service)
          }
          .map { "service.\($0.key)" }
          + PageSettings.settings
          .filter { $0.key != "refresh" && $0.text(state.configuration.page) != $0.text(configuration.page) }
          .map { "page.\($0.key)" }
        let refresh = configuration.page.refresh
        configuration.page = state.configuration.page
        configuration.page.refresh = refresh
        let new = configuration.service
        configuration.service = old
        configuration.service.keepOriginals = new.keepOriginals
        configuration.service.logLevel = new.logLevel
        state.configuration = configuration
        state.problems = []
        state.loaded = now
      }
      return state
    }
  }
}
