import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// What every stage of the pipeline stands on.
struct PipelineContext: Sendable {
  let ledger: Ledger
  let configuration: ConfigurationBox
  let kinds: JobKinds
  let places: JobPlaces
  let system: HostSystem
  let logger: Logger
  /// Rung when there may be something to start.
  let doorbell = Doorbell()
  /// Raised when the daemon is to end.
  let stop = StopFlag()

  init(
    ledger: Ledger, configuration: ConfigurationBox, kinds: JobKinds = .all, system: HostSystem, logger: Logger
  ) {
    self.ledger = ledger
    self.configuration = configuration
    self.kinds = kinds
    self.system = system
    self.logger = logger
    places = JobPlaces(settings: configuration.current.service)
  }

  /// Repeats a change of the ledger while the disk is full or failing, unless the daemon stops.
  func insist<Value>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Value
  ) async throws -> Value {
    var failures = 0
    while true {
      do {
        return try await body()
      } catch  where Ledger.isTransient(error) && !stop.isRaised {
        failures += 1
        logger.error("the ledger cannot be written, trying again: \(error)")
        let pause = Backoff.pause(after: failures, first: .seconds(1), longest: .seconds(60))
        try await Task.sleep(for: .milliseconds(pause))
      }
    }
  }
}
