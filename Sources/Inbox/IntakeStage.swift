import Foundations
import Jobs
package import Ledger
package import Logging
package import ServiceConfiguration
package import ServiceFoundation

/// Takes drops into the ledger. It keeps nothing itself: what was claimed is moved and worked on by whoever `onClaim` wakes.
package struct IntakeStage: Sendable {
  let ledger: Ledger
  let configuration: ConfigurationBox
  let places: JobPlaces
  let system: HostSystem
  let logger: Logger
  /// Called once a drop has been claimed.
  let onClaim: @Sendable () async -> Void

  package init(
    ledger: Ledger, configuration: ConfigurationBox, places: JobPlaces, system: HostSystem, logger: Logger,
    onClaim: @escaping @Sendable () async -> Void
  ) {
    self.ledger = ledger
    self.configuration = configuration
    self.places = places
    self.system = system
    self.logger = logger
    self.onClaim = onClaim
  }

  /// Takes a complete file that has been copied: the ledger first, then the copy to its place, then the file out of the
  /// inbox.
  ///
  /// With a `refusal` it goes straight to `failed`, beside the reason. The copy belongs to the ledger from then on, unless the
  /// answer is `.duplicate`.
  package func accept(_ drop: Drop, refusal: InboxError? = nil) async throws -> ClaimAnswer {
    guard let rule = configuration.current.dataset(forFile: drop.name) else {
      throw InboxError.noDatasetName
    }
    let places = places
    // Marked again, an image would leave its budget.
    let released = try await ledger.release(ofBytes: drop.digest)
    let refusal = refusal ?? released.map { .alreadyReleased(path: drop.path, release: $0) }
    let isRefused = refusal != nil
    let answer = try await ledger.claim(
      drop, dataset: rule.name, settings: try CanonicalJSON.line(rule.settings),
      generatorKey: try rule.settings.generatorKey, seed: rule.settings.seed ?? system.seed(),
      now: system.now(), refusal: refusal?.failure(stage: "claim").naming(drop.path),
      destination: { isRefused ? places.rejected($0, name: drop.name) : places.input($0, name: drop.name) })
    if case .filed(let job) = answer {
      logger.info("claimed", metadata: ["job": "\(job)", "file": "\(drop.name)", "dataset": "\(rule.name)"])
      if let refusal { logger.error("refused: \(refusal)", metadata: ["job": "\(job)"]) }
      await onClaim()
    }
    return answer
  }

  /// The job that was filed for a file which is still to be removed from the inbox; nil for one that has not been taken.
  func claim(on file: InboxFile) async throws -> String? {
    guard let input = try await ledger.input(claimedFrom: file.path, stamp: file.kind == .file ? file.stamp : nil)
    else { return nil }
    return "job \(try await ledger.newestRelease(onInput: input.id.inserted))"
  }

  /// Whether the ledger names the copy of a drop.
  func isClaimed(_ drop: Drop) async throws -> Bool {
    try await ledger.unsettledInputs().contains { $0.path == drop.copy }
  }
}
