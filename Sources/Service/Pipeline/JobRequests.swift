import Foundation
import Foundations
import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// What people ask for: jobs that are to be run again, to end, or to be filed. It keeps nothing itself.
struct JobRequests: Sendable {
  let context: PipelineContext
  let running: RunningJobs
  let inputs: InputMover

  var releases: ReleaseMover { inputs.releases }
  var ledger: Ledger { context.ledger }
  var places: JobPlaces { context.places }
  var system: HostSystem { context.system }
  var logger: Logger { context.logger }

  /// Runs a failed, cancelled or waiting job again.
  func retry(_ name: String) async throws -> Int64 {
    let id = try Self.id(name)
    let job = try await ledger.job(id)
    if job.word == .waiting {
      if let training = job.waitsFor, job.until == nil {
        throw LedgerError.wrongState(job: name, state: "waiting for job \(training)", action: "retried")
      }
      try await ledger.hasten(id)
      context.doorbell.ring()
      return id
    }
    if job.kind == .release, job.word == .done {
      return try await remake(job)
    }
    if job.kind == .qualify, job.word == .done, let number = job.release {
      // Its result is history; the release is judged anew.
      let dataset = try await ledger.dataset(job.dataset).name
      return try await requalify(try await ledger.release(number), dataset: dataset)
    }
    guard job.state.after(.retry) != nil else {
      throw LedgerError.wrongState(job: name, state: job.word.rawValue, action: "retried")
    }
    if context.kinds[job.kind]?.readsInput == false {
      // Everything that was asked stays asked: it goes on under its number.
      let revival = Ledger.Revival(job: id, settings: job.settings, generatorKey: "", keepsVersion: true)
      try await inputs.housekeeping.exclusively { [ledger] in
        try await ledger.requeue([revival], input: job.input, destination: nil)
      }
      let reasons = places.failed(id)
      try await Blocking.run { () throws(FileError) in try Directory.remove(reasons) }
      logger.notice("retried on request", metadata: ["job": "\(name)"])
      context.doorbell.ring()
      return id
    }
    let input = try await settledInput(job.input)
    guard let path = input.path else { throw LedgerError.inputMissing(path: input.name) }
    // The job would only fail once more, and lose the reason that it has.
    let stamp = try await Blocking.run { () throws(FileError) in try FileStamp.of(path) }
    guard let stamp else { throw LedgerError.inputMissing(path: path) }
    if !stamp.hasContent(of: input.stamp) { try await reread(input, at: path, stamp: stamp) }
    // A training whose input went to `failed` with its release comes back with it.
    let release = job.kind == .train ? try await ledger.endedReleases(of: job.input).first : job
    var jobs = job.kind == .train ? [job, release].compactMap(\.self) : [job]
    if input.state == .released { jobs = [job] }
    let dataset = try await ledger.dataset(job.dataset).name
    let settings = context.configuration.current.settings(for: dataset)
    let revivals = try jobs.map { job in
      Ledger.Revival(
        job: job.id ?? id, settings: try CanonicalJSON.line(settings),
        generatorKey: try settings.generatorKey,
        keepsVersion: try !hasTraces(of: job, dataset: dataset))
    }
    var destination: String?
    if input.state != .released, let owner = release?.id { destination = places.input(owner, name: input.name) }
    try await inputs.housekeeping.exclusively { [ledger, destination] in
      try await ledger.requeue(revivals, input: job.input, destination: destination)
    }
    logger.notice("retried on request", metadata: ["job": "\(name)"])
    await inputs.settle()
    // A release's reason goes when its input has left it; other jobs have nothing else there.
    let places = places
    for job in jobs where job.kind != .release {
      guard let id = job.id else { continue }
      if job.kind == .qualify, let number = job.release {
        await releases.removeNotes(of: try await ledger.release(number).name)
      }
      try await Blocking.run { () throws(FileError) in try Directory.remove(places.failed(id)) }
    }
    context.doorbell.ring()
    return id
  }

  /// A file of a failed job that has been completed or replaced since, in its place.
  private func reread(_ input: InputRecord, at path: String, stamp: FileStamp) async throws {
    let digest = try await Blocking.run { () throws(any Error) in try FileDigest.of(path, stamp: stamp) }
    var input = input
    (input.digest, input.size, input.modified) = (digest, stamp.size, stamp.modified)
    input.inode = Int64(bitPattern: stamp.inode)
    try await ledger.update(input)
    logger.notice("the input is another file than the one that failed", metadata: ["file": "\(input.name)"])
  }

  /// Ends a job that has not ended.
  func cancel(_ name: String) async throws -> Int64 {
    let id = try Self.id(name)
    for id in try await ledger.requestCancel(id) { running[id]?.stop(.cancel) }
    logger.notice("cancelled on request", metadata: ["job": "\(name)"])
    context.doorbell.ring()
    return id
  }

  /// Files a training job on the newest kept archive of a dataset, or names the one that is under way.
  func retrain(_ name: String) async throws -> Int64 {
    let dataset = try await ledger.dataset(named: name)
    let datasetID = try dataset.id.inserted
    if let training = try await ledger.activeTraining(of: datasetID) { return try training.id.inserted }
    guard let input = try await ledger.keptInput(of: datasetID) else {
      throw ServiceError.noKeptArchive(dataset: name)
    }
    let settings = context.configuration.current.settings(for: name)
    let id = try await ledger.fileTraining(
      dataset: datasetID, input: try input.id.inserted, settings: try CanonicalJSON.line(settings),
      generatorKey: try settings.generatorKey, seed: Int64(settings.seed ?? system.seed()),
      now: system.now(), for: nil, reason: { "\($0)" })
    logger.notice("filed a training job on request", metadata: ["job": "\(id)", "dataset": "\(name)"])
    context.doorbell.ring()
    return id
  }

  /// Whether an earlier run of a release left something under its name: its secrets must not meet those of a new run.
  private func hasTraces(of job: JobRecord, dataset: String) throws(FileError) -> Bool {
    guard let version = job.version else { return false }
    for directory in [places.settings.vault, places.settings.outbox, places.settings.held]
    where try Directory.exists("\(directory)/release-\(dataset)-\(version)") {
      return true
    }
    return false
  }

  /// The input once it has arrived where its job's end sent it, which takes a moment.
  private func settledInput(_ id: Int64) async throws -> InputRecord {
    for _ in 0..<100 {
      let input = try await ledger.input(id)
      if input.isSettled { return input }
      await inputs.settle()
      try await Task.sleep(for: .milliseconds(20))
    }
    return try await ledger.input(id)
  }

  static func id(_ name: String) throws(LedgerError) -> Int64 {
    guard let id = Int64(name), "\(id)" == name else { throw .noSuchJob(name) }
    return id
  }
}
