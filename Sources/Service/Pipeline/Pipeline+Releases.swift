import Foundation
import Foundations
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// What becomes of a release once it is made: judged, held or let out.
extension Pipeline {
  /// The jobs that follow a release: its panel's scores if the dataset has a panel, and its qualification.
  func followers(of job: JobRecord) async throws -> [Follower] {
    let settings = try settings(of: job)
    var followers: [Follower] = []
    // A panel is scored first, so that the qualification can be held against it. It needs the archive that is kept, or
    // that stays for the qualification.
    if settings.qualify || configuration.current.service.keepOriginals, try await ledger.hasPanel(dataset: job.dataset)
    {
      followers.append(try follower(.reference, of: job, settings))
    }
    if settings.qualify { followers.append(try follower(.qualify, of: job, settings)) }
    return followers
  }

  private func follower(_ kind: JobKind, of job: JobRecord, _ settings: DatasetSettings) throws -> Follower {
    Follower(
      kind: kind, settings: job.settings, generatorKey: job.generatorKey, seed: Int64(settings.seed ?? world.seed()))
  }

  /// A follower with the settings of today.
  private func follower(_ kind: JobKind, dataset: String) throws -> Follower {
    let settings = configuration.current.settings(for: dataset)
    return Follower(
      kind: kind, settings: try CanonicalJSON.line(settings), generatorKey: try settings.generatorKey,
      seed: Int64(settings.seed ?? world.seed()))
  }

  /// Lets a held release out, whatever its qualification said.
  /// - Returns: the job that made it.
  func publish(_ name: String) async throws -> Int64 {
    let (release, _) = try await ledger.release(named: name)
    try await ledger.publish(
      try release.id.inserted, to: places.published(release.name), now: world.now())
    logger.notice("published on request", metadata: ["release": "\(name)"])
    await settleReleases()
    doorbell.ring()
    return release.job
  }

  /// Files a reference job for a dataset's newest release with a kept archive, or names the one that is under way.
  func buildPanel(_ dataset: String) async throws -> Int64 {
    let record = try await ledger.dataset(named: dataset)
    guard let release = try await ledger.newestRelease(withInputOf: try record.id.inserted) else {
      throw ServiceError.noKeptArchive(dataset: dataset)
    }
    if let job = try await ledger.activeJob(.reference, about: try release.id.inserted) { return try job.id.inserted }
    let id = try await ledger.file(try follower(.reference, dataset: dataset), about: release, now: world.now())
    logger.notice("filed a reference job on request", metadata: ["job": "\(id)", "release": "\(release.name)"])
    doorbell.ring()
    return id
  }

  /// Judges a held release again, with the settings of today.
  func requalify(_ release: ReleaseRecord, dataset: String) async throws -> Int64 {
    let id = try release.id.inserted
    if let job = try await ledger.activeJob(.qualify, about: id) { return try job.id.inserted }
    guard release.state == .held else {
      throw ServiceError.notHeld(release: release.name, state: release.state.rawValue)
    }
    let job = try await ledger.file(
      try follower(.qualify, dataset: dataset), about: release, now: world.now(), waits: true)
    await removeNotes(of: release.name)
    logger.notice("filed a qualification on request", metadata: ["job": "\(job)", "release": "\(release.name)"])
    doorbell.ring()
    return job
  }

  /// Makes another release of a held one's archive, with the settings of today; the held one stays.
  ///
  /// The archive itself cannot be dropped again: its bytes are held already.
  func remake(_ job: JobRecord) async throws -> Int64 {
    let release = try await ledger.release(madeBy: try job.id.inserted)
    guard release.state == .held else {
      throw ServiceError.notHeld(release: release.name, state: release.state.rawValue)
    }
    let input = try await ledger.input(job.input)
    guard input.path != nil else { throw ServiceError.inputMissing(path: input.name) }
    let dataset = try await ledger.dataset(job.dataset).name
    let id = try await ledger.remake(job, as: try follower(.release, dataset: dataset), now: world.now())
    logger.notice("filed another release on request", metadata: ["job": "\(id)", "instead of": "\(release.name)"])
    doorbell.ring()
    return id
  }

  /// A file of a release's private record, as its worker wrote it.
  /// - Throws: `ServiceError.noSuchRelease`, `.notMade`.
  func record(_ file: ReleaseFile, of name: String) async throws -> [UInt8] {
    let (release, _) = try await ledger.release(named: name)
    let path = places.record(release.name) + "/" + file.rawValue
    return try await Blocking.run { () throws(ServiceError) in
      guard let data = FileManager.default.contents(atPath: path) else {
        throw .notMade(what: file.noun, of: release.name)
      }
      return Array(data)
    }
  }

  /// The panel of a dataset's newest release that has one.
  func panel(of dataset: String) async throws -> [UInt8] {
    let record = try await ledger.dataset(named: dataset)
    guard let release = try await ledger.newestRelease(withPanelOf: try record.id.inserted) else {
      throw ServiceError.notMade(what: ReleaseFile.panel.noun, of: dataset)
    }
    return try await self.record(.panel, of: release.name)
  }

  /// Writes why a release is held beside it, and the report if its qualification came to one, for whoever looks there.
  /// The ledger and the vault have both, so only a full disk is waited for.
  func explain(
    _ outcome: QualifyResult.Outcome, _ reasons: [String], of release: String, hasReport: Bool
  ) async throws {
    let places = places
    do {
      try await Blocking.run { () throws(ServiceError) in
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
      try await Blocking.run { () throws(ServiceError) in
        for note in ReleaseFile.notes { try FileMove.remove("\(places.held(release)).\(note)") }
      }
    } catch {
      logger.warning("could not tidy up: \(error)")
    }
  }

  /// Puts every release where the ledger wants it. What cannot be moved now stays as it is and is tried again.
  func settleReleases() async {
    let releases: [ReleaseRecord]
    do {
      releases = try await ledger.unsettledReleases()
    } catch {
      logger.error("the ledger cannot be read: \(error)")
      return
    }
    for release in releases {
      guard let id = release.id, movingReleases.insert(id).inserted else { continue }
      do {
        try await settle(release)
        stuckReleases[id] = nil
        logger.notice("published", metadata: ["directory": "\(release.destination)"])
      } catch {
        if stuckReleases.updateValue("\(error)", forKey: id) != "\(error)" {
          logger.error("a release cannot be moved, trying again: \(error)")
        }
      }
      movingReleases.remove(id)
      doorbell.ring()
    }
    await spareInputs()
  }

  private func settle(_ release: ReleaseRecord) async throws {
    let (source, target) = (release.directory, release.destination)
    let notes = ReleaseFile.notes.map { "\(places.held(release.name)).\($0)" }
    try await Blocking.run { () throws(ServiceError) in
      if try Directory.exists(target) {
        // Moved before the ledger could be told; of a copy, the source may still be there.
        if try Directory.exists(source) {
          guard ReleaseFile.seal(of: source) == ReleaseFile.seal(of: target) else {
            throw .file(operation: "move a release to", path: target, errno: EEXIST)
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
        let kept = configuration.current.service.keepOriginals
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
