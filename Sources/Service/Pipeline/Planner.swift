import Jobs
import Ledger

/// One decision.
enum PipelineStep: Sendable, Equatable {
  case start(Int64)
  /// The release has no generator and nobody trains one: file a training job on its input.
  case fileTraining(release: Int64)
  /// Somebody trains the generator that the release needs.
  case waitForTraining(release: Int64, training: Int64)
  /// The training that was filed for the release failed or was cancelled: so does the release.
  case failWith(release: Int64, training: Int64)
  case cancelWith(release: Int64, training: Int64)
  /// Somebody asked for it, and no process is in the way.
  case cancel(Int64)
}

/// Decides what happens next. Pure: the ledger is read before, and written after.
enum Planner {
  /// The steps for now, milliseconds since 1970, with room for `slots` more processes.
  ///
  /// Steps that file or change jobs come alone: what follows from them is planned from a fresh snapshot.
  ///
  /// Jobs that mostly wait, such as audits, have places of their own, `auditSlots`. One of a kind that is not known stays.
  static func plan(
    _ snapshot: LedgerSnapshot, kinds: JobKinds = .all, slots: Int, auditSlots: Int = 0, now: Int
  ) -> [PipelineStep] {
    var changes: [PipelineStep] = []
    var starts: [PipelineStep] = []
    var audits: [PipelineStep] = []
    var late: [PipelineStep] = []
    for job in snapshot.active {
      guard let id = job.id, job.word != .running else { continue }
      if job.cancelRequested {
        // The input moves with the release, not under a process that reads it.
        let isRead = snapshot.active.contains { $0.word == .running && $0.input == job.input }
        if !isRead { changes.append(.cancel(id)) }
        continue
      }
      guard isDue(job, now: now) else { continue }
      guard let kind = kinds[job.kind] else { continue }
      if job.kind == .release, let change = preparation(of: job, id: id, in: snapshot) {
        changes.append(change)
        continue
      }
      guard !kind.readsInput || snapshot.settledInputs.contains(job.input), isReady(job, id: id, in: snapshot) else {
        continue
      }
      switch kind.turn {
      case .ahead: starts.append(.start(id))
      case .behind: late.append(.start(id))
      case .beside: audits.append(.start(id))
      }
    }
    // What brings the next archive out goes before what is said about one that is done.
    return changes.isEmpty ? Array((starts + late).prefix(max(0, slots)) + audits.prefix(max(0, auditSlots))) : changes
  }

  /// Jobs about one release, and panels of one dataset, go one after the other, in the order in which they were filed: a
  /// panel is not rebuilt under a qualification that reads it.
  private static func isReady(_ job: JobRecord, id: Int64, in snapshot: LedgerSnapshot) -> Bool {
    // A spec names its generator; a job that has one is run again with the same.
    if job.kind == .release { return job.spec != nil || generator(for: job, in: snapshot.generators) != nil }
    guard let release = job.release else { return true }
    return !snapshot.movingReleases.contains(release)
      && !snapshot.active.contains { other in
        let isSame =
          other.release == release || other.kind == .reference && job.kind == .reference && other.dataset == job.dataset
        return isSame && other.id != id && (other.word == .running || (other.id ?? 0) < id)
      }
  }

  /// The newest generator that a release may use.
  static func generator(for job: JobRecord, in generators: [GeneratorRecord]) -> GeneratorRecord? {
    generators.last { $0.dataset == job.dataset && $0.generatorKey == job.generatorKey }
  }

  /// The moment at which a waiting job is due next.
  static func nextDue(_ snapshot: LedgerSnapshot, after now: Int) -> Int? {
    snapshot.active.compactMap { $0.word == .waiting ? $0.until : nil }.filter { $0 > now }.min()
  }

  private static func isDue(_ job: JobRecord, now: Int) -> Bool {
    job.word == .queued || (job.until.map { $0 <= now } ?? true)
  }

  /// What must happen before `job` can be run; nil when nothing must, or when it just has to wait.
  private static func preparation(of job: JobRecord, id: Int64, in snapshot: LedgerSnapshot) -> PipelineStep? {
    if job.spec != nil { return nil }
    if let training = job.waitsFor.flatMap({ snapshot.trainings[$0] }), let trainingID = training.id {
      if training.state.isActive {
        return job.word == .waiting ? nil : .waitForTraining(release: id, training: trainingID)
      }
      // Somebody else's training says nothing about this archive; with its own, the release stands and falls.
      if training.input == job.input, generator(for: job, in: snapshot.generators) == nil {
        switch training.word {
        case .failed: return .failWith(release: id, training: trainingID)
        case .cancelled: return .cancelWith(release: id, training: trainingID)
        case .done, .queued, .running, .waiting: break
        }
      }
    }
    if generator(for: job, in: snapshot.generators) != nil { return nil }
    let other = snapshot.active.first {
      $0.kind == .train && $0.dataset == job.dataset && $0.generatorKey == job.generatorKey
    }
    if let training = other?.id { return .waitForTraining(release: id, training: training) }
    return .fileTraining(release: id)
  }
}
