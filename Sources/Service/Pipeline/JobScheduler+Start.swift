import Foundation
import Foundations
import Inbox
import Jobs
import Ledger
import Logging
import ServiceConfiguration
import ServiceFoundation

/// A job that is marked as running and whose process is about to start.
struct PreparedJob: Sendable {
  var job: RunningJob
  var attempt: Int64
  var spec: JobSpec
  var execution: Execution
}

extension JobScheduler {
  /// Makes a job ready to run and marks it as running; nil if it has to wait or has failed instead.
  func prepare(_ id: Int64) async throws -> PreparedJob? {
    var job = try await ledger.job(id)
    guard let kind = kinds[job.kind] else { return nil }
    let jobs = context.configuration.current.jobs
    do {
      let input = try await ledger.input(job.input)
      if kind.readsInput {
        guard let path = input.path else { throw LedgerError.inputMissing(path: input.name) }
        try await check(input, at: path, jobs)
      }
      var spec: JobSpec
      if let text = job.spec {
        spec = try CanonicalJSON.decode(JobSpec.self, from: text.utf8, kinds: kinds)
        // The only part that decides no result: the configuration, or the machine, may be another by now.
        spec.threads = threads(of: kind)
      } else {
        let work = try await makeSpec(&job, id: id, input: input)
        spec = JobSpec(id: "\(id)", threads: threads(of: kind), work: work)
        try await ledger.store(
          spec: try CanonicalJSON.line(spec), version: job.version, generator: job.generator, for: id)
      }
      try await makePlaces(for: spec, id: id, directories: kind.directories(for: spec))
      // Known before the ledger says "running", so that a request to cancel finds it in one place or the other.
      let process = RunningJob(id: id, isBeside: kind.turn == .beside)
      running[id] = process
      let attempt = try await ledger.start(id, now: system.now())
      if try await ledger.job(id).cancelRequested { process.stop(.cancel) }
      logger.info("started", metadata: ["job": "\(id)", "kind": "\(job.kind.rawValue)", "input": "\(input.name)"])
      return PreparedJob(
        job: process, attempt: attempt, spec: spec,
        execution: Execution(
          spec: places.spec(id), directory: places.work(id), memory: jobs.memory, nice: jobs.nice,
          silence: jobs.silence, stopGrace: jobs.stopGrace, logBytes: jobs.logBytes))
    } catch {
      running[id] = nil
      switch error {
      case let error as SpaceShortage:
        try await postpone(job, id: id, reason: error.reason, failure: nil, end: nil)
      case LedgerError.wrongState: throw error
      case let error as any DaemonError where error.isTransient:
        try await postpone(job, id: id, reason: error.description, failure: nil, end: nil)
      case let error as any DaemonError:
        try await inputs.reject(job, .fail, error.failure(stage: "start"), end: nil)
      default: throw error
      }
    }
    return nil
  }

  private struct SpaceShortage: Error {
    var reason: String
  }

  /// The input must be the file that was read, and there must be room to work on it.
  private func check(_ input: InputRecord, at path: String, _ jobs: JobSettings) async throws {
    let stamp = try await Blocking.run { () throws(FileError) in try FileStamp.of(path) }
    guard let stamp else { throw LedgerError.inputMissing(path: path) }
    guard stamp.hasContent(of: input.stamp) else { throw FileError.changed(path: path) }
    let needed = Int((Double(input.size) * jobs.freeSpace).rounded(.up))
    for (name, directory) in [
      ("work", places.settings.work), ("outbox", places.settings.outbox), ("held", places.settings.held),
    ] {
      let available = try system.filesystem(directory).available
      if available < needed {
        throw SpaceShortage(
          reason: "\(name) has \(SizeText.rounded(available)) free, \(SizeText.rounded(needed)) are needed"
            + " (\(Decimals.text(jobs.freeSpace, 1)) × \(input.name)): \(directory)")
      }
    }
  }

  private func threads(of kind: any JobDefinition.Type) -> Int {
    if kind.turn == .beside { return 1 }
    let jobs = context.configuration.current.jobs
    return jobs.threads > 0 ? jobs.threads : max(1, ProcessInfo.processInfo.activeProcessorCount / jobs.concurrent)
  }

  private func makePlaces(for spec: JobSpec, id: Int64, directories: [String]) async throws {
    let document = try CanonicalJSON.document(spec)
    let places = places
    try await Blocking.run { () throws(FileError) in
      try Directory.make(places.work(id), mode: 0o700)
      for directory in directories { try Directory.make(directory, mode: 0o700) }
      try FileMove.write(document, to: places.spec(id))
    }
  }

  /// A training job takes the configured seed or draws its own.
  func seed(for job: JobRecord) throws -> UInt64 {
    try job.datasetSettings.seed ?? system.seed()
  }
}

extension JobRecord {
  /// The dataset's settings when the job was filed.
  var datasetSettings: DatasetSettings {
    get throws { try CanonicalJSON.decode(DatasetSettings.self, from: settings.utf8) }
  }
}
