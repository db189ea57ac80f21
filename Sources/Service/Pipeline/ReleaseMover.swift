import Foundation
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// Brings every release to where the ledger wants it, with the reasons beside one that is held.
actor ReleaseMover {
  private let context: PipelineContext
  /// Releases that are being moved, and why others cannot be for now.
  private var moving: Set<Int64> = []
  private(set) var stuck: [Int64: String] = [:]

  init(_ context: PipelineContext) {
    self.context = context
  }

  private var ledger: Ledger { context.ledger }
  private var places: JobPlaces { context.places }
  private var logger: Logger { context.logger }

  /// Writes why a release is held beside it, and the report if its qualification came to one, for whoever looks there.
  /// The ledger and the vault have both, so only a full disk is waited for.
  func explain(
    _ outcome: QualifyResult.Outcome, _ reasons: [String], of release: String, hasReport: Bool
  ) async throws {
    let places = places
    do {
      try await Blocking.run { () throws(FileError) in
        let held = places.held(release)
        for file in [ReleaseFile.qualification, .page] {
          let note = "\(held).\(file.rawValue)"
          let data = FileManager.default.contents(atPath: places.record(release) + "/" + file.rawValue)
          // What the vault has may be an earlier qualification's.
          if hasReport, let data { try FileMove.write(Array(data), to: note) } else { try FileMove.remove(note) }
        }
        let lines = ["\(outcome.rawValue):"] + reasons
        try FileMove.write(
          Array((lines.joined(separator: "\n") + "\n").utf8), to: held + ".REASON.txt", mode: JobPlaces.reasonMode)
      }
    } catch {
      if error.isTransient { throw error }
      logger.error("the reasons for holding \(release) cannot be written: \(error)")
    }
  }

  /// Removes what `explain` wrote, when the release is judged again.
  func removeNotes(of release: String) async {
    let places = places
    do {
      try await Blocking.run { () throws(FileError) in
        for note in ReleaseFile.notes { try FileMove.remove("\(places.held(release)).\(note)") }
      }
    } catch {
      logger.warning("could not tidy up: \(error)")
    }
  }

  /// Puts every release where the ledger wants it. What cannot be moved now stays as it is and is tried again.
  func settle() async {
    let releases: [ReleaseRecord]
    do {
      releases = try await ledger.unsettledReleases()
    } catch {
      logger.error("the ledger cannot be read: \(error)")
      return
    }
    for release in releases {
      guard let id = release.id, moving.insert(id).inserted else { continue }
      do {
        try await settle(release)
        stuck[id] = nil
        logger.notice("published", metadata: ["directory": "\(release.destination)"])
      } catch {
        if stuck.updateValue("\(error)", forKey: id) != "\(error)" {
          logger.error("a release cannot be moved, trying again: \(error)")
        }
      }
      moving.remove(id)
      context.doorbell.ring()
    }
    await spareInputs()
  }

  private func settle(_ release: ReleaseRecord) async throws {
    let (source, target) = (release.directory, release.destination)
    let notes = ReleaseFile.notes.map { "\(places.held(release.name)).\($0)" }
    try await Blocking.run { () throws(FileError) in
      if try Directory.exists(target) {
        // Moved before the ledger could be told; of a copy, the source may still be there.
        if try Directory.exists(source) {
          guard ReleaseFile.seal(of: source) == ReleaseFile.seal(of: target) else {
            throw .failed(operation: "move a release to", path: target, errno: EEXIST)
          }
          try Directory.remove(source)
        }
      } else {
        try DirectoryMove.move(source, to: target)
      }
      for note in notes { try FileMove.remove(note) }
    }
    try await ledger.settle(release)
  }

  /// Puts away inputs that stayed for a qualification only.
  private func spareInputs() async {
    do {
      for (input, dataset) in try await ledger.sparedInputs(in: places.settings.work) {
        let kept = context.configuration.current.service.keepOriginals
        let place = kept ? places.original(dataset: dataset, digest: input.digest, name: input.name) : nil
        try await ledger.send(try input.id.inserted, to: place)
      }
    } catch {
      logger.error("an input cannot be put away, trying again: \(error)")
    }
  }
}

/// Files of a release's private record that the daemon hands on.
enum ReleaseFile: String, Sendable {
  case qualification = "qualification.json"
  case page = "qualification.html"
  case panel = "panel.json"

  var noun: String {
    switch self {
    case .qualification, .page: "qualification"
    case .panel: "reference panel"
    }
  }

  /// Endings of what lies beside a held release.
  static let notes = [qualification.rawValue, page.rawValue, "REASON.txt"]

  /// What every file of a release hangs on: the digests of all tag files, the payload's manifest among them. Blocks.
  static func seal(of release: String) -> Data? {
    FileManager.default.contents(atPath: release + "/tagmanifest-sha256.txt")
  }
}
