import Logging
import ServiceConfiguration
import ServiceFoundation
import ServiceLifecycle
import UnixSignals

/// SIGHUP reads the configuration again; the beginning of the end is announced.
struct SignalService: Service {
  let configuration: ConfigurationBox
  let pipeline: Pipeline
  let notifier: Notifier
  let system: HostSystem
  let logger: Logger

  func run() async throws {
    let hangups = await UnixSignalsSequence(trapping: .sighup)
    await withGracefulShutdownHandler {
      await cancelWhenGracefulShutdown {
        for await _ in hangups { reload() }
      }
    } onGracefulShutdown: {
      logger.notice("stopping")
      notifier.stopping()
    }
  }

  func reload() {
    notifier.reloading()
    let state = configuration.reload(now: system.now())
    if state.problems.isEmpty {
      JournalLogHandler.threshold.current = state.configuration.service.logLevel.loggerLevel
      logger.notice("configuration read again")
      for key in state.needsRestart { logger.warning("a restart is needed for a new \(key)") }
    } else {
      for problem in state.problems { logger.error("the old configuration stays: \(problem)") }
    }
    notifier.ready()
    pipeline.doorbell.ring()
  }
}
