import Foundation
import Foundations
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// About releases that are made: judged again, let out, made anew.
extension JobRequests {
  /// The jobs that follow a release: its panel's scores if the dataset has a panel, and its qualification.
  func followers(of job: JobRecord) async throws -> [Follower] {
    let settings = try job.datasetSettings
    var followers: [Follower] = []
    // A panel is scored first, so that the qualification can be held against it. It needs the archive that is kept, or
    // that stays for the qualification.
    if settings.qualify || context.configuration.current.service.keepOriginals,
      try await ledger.hasPanel(dataset: job.dataset)
    {
      followers.append(try follower(.reference, of: job, settings))
    }
    if settings.qualify { followers.append(try follower(.qualify, of: job, settings)) }
    return followers
  }

  private func follower(_ kind: JobKind, of job: JobRecord, _ settings: DatasetSettings) throws -> Follower {
    Follower(
      kind: kind, settings: job.settings, generatorKey: job.generatorKey, seed: Int64(settings.seed ?? system.seed()))
  }

  /// A follower with the settings of today.
  private func follower(_ kind: JobKind, dataset: String) throws -> Follower {
    let settings = context.configuration.current.settings(for: dataset)
    return Follower(
      kind: kind, settings: try CanonicalJSON.line(settings), generatorKey: try settings.generatorKey,
      seed: Int64(settings.seed ?? system.seed()))
  }

  /// Lets a held release out, whatever its qualification said.
  /// - Returns: the job that made it.
  func publish(_ name: String) async throws -> Int64 {
    let release = try await ledger.release(named: name).record
    try await ledger.publish(
      try release.id.inserted, to: places.published(release.name), now: system.now())
    logger.notice("published on request", metadata: ["release": "\(name)"])
    await releases.settle()
    context.doorbell.ring()
    return release.job
  }

  /// Files a reference job for a dataset's newest release with a kept archive, or names the one that is under way.
  func buildPanel(_ dataset: String) async throws -> Int64 {
    let record = try await ledger.dataset(named: dataset)
    guard let release = try await ledger.newestRelease(withInputOf: try record.id.inserted) else {
      throw ServiceError.noKeptArchive(dataset: dataset)
    }
    if let job = try await ledger.activeJob(.reference, about: try release.id.inserted) { return try job.id.inserted }
    let id = try await ledger.file(try follower(.reference, dataset: dataset), about: release, now: system.now())
    logger.notice("filed a reference job on request", metadata: ["job": "\(id)", "release": "\(release.name)"])
    context.doorbell.ring()
    return id
  }

  /// Judges a held release again, with the settings of today.
  func requalify(_ release: ReleaseRecord, dataset: String) async throws -> Int64 {
    let id = try release.id.inserted
    if let job = try await ledger.activeJob(.qualify, about: id) { return try job.id.inserted }
    guard release.state == .held else {
      throw LedgerError.notHeld(release: release.name, state: release.state.rawValue)
    }
    let job = try await ledger.file(
      try follower(.qualify, dataset: dataset), about: release, now: system.now(), waits: true)
    await releases.removeNotes(of: release.name)
    logger.notice("filed a qualification on request", metadata: ["job": "\(job)", "release": "\(release.name)"])
    context.doorbell.ring()
    return job
  }

  /// Makes another release of a held one's archive, with the settings of today; the held one stays.
  ///
  /// The archive itself cannot be dropped again: its bytes are held already.
  func remake(_ job: JobRecord) async throws -> Int64 {
    let release = try await ledger.release(madeBy: try job.id.inserted)
    guard release.state == .held else {
      throw LedgerError.notHeld(release: release.name, state: release.state.rawValue)
    }
    let input = try await ledger.input(job.input)
    guard input.path != nil else { throw LedgerError.inputMissing(path: input.name) }
    let dataset = try await ledger.dataset(job.dataset).name
    let id = try await ledger.remake(job, as: try follower(.release, dataset: dataset), now: system.now())
    logger.notice("filed another release on request", metadata: ["job": "\(id)", "instead of": "\(release.name)"])
    context.doorbell.ring()
    return id
  }

  /// A file of a release's private record, as its worker wrote it.
  /// - Throws: `LedgerError.noSuchRelease`, `ServiceError.notMade`.
  func record(_ file: ReleaseFile, of name: String) async throws -> [UInt8] {
    let release = try await ledger.release(named: name).record
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
}
