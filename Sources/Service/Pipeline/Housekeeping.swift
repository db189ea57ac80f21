import Foundation
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// Removes what jobs that are over have left behind.
actor Housekeeping {
  private let context: PipelineContext
  private var isBusy = false

  init(_ context: PipelineContext) {
    self.context = context
  }

  /// Removes the work and staging directories of jobs that are over.
  func tidy() async {
    do {
      let (ledger, places) = (context.ledger, context.places)
      try await exclusively {
        let busy = try await ledger.placesInUse()
        try await Blocking.run { () throws(FileError) in
          for directory in [places.settings.work] + places.stagings where try Directory.exists(directory) {
            for name in try Directory.names(in: directory) {
              guard let id = Int64(name), busy.known.contains(id), !busy.active.contains(id) else { continue }
              if try !places.holdsInput(id) { try Directory.remove(directory + "/" + name) }
            }
          }
        }
      }
    } catch {
      context.logger.warning("could not tidy up: \(error)")
    }
  }

  /// Runs `body` while nobody else tidies or brings a job back: what is removed must stay over.
  func exclusively(_ body: @Sendable () async throws -> Void) async throws {
    while isBusy { try await Task.sleep(for: .milliseconds(5)) }
    isBusy = true
    defer { isBusy = false }
    try await body()
  }
}

extension JobPlaces {
  /// Whether a file of somebody's lies in a job's work directory; half a copy is nobody's. Blocks.
  fileprivate func holdsInput(_ job: Int64) throws(FileError) -> Bool {
    let directory = work(job) + "/input"
    guard try Directory.exists(directory) else { return false }
    return try Directory.names(in: directory).contains { !$0.hasPrefix(".incoming-") }
  }
}
