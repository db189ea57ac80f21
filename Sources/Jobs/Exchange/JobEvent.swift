import Foundations

/// What a worker says on its standard output: one JSON object a line (docs/formats, "Job events").
package enum JobEvent: Sendable, Equatable {
  case progress(JobProgress)
  case finished(JobResult)
  case failed(JobFailure)
  /// Stopped on request after a checkpoint; run it again to go on.
  case stopped
}

package struct JobProgress: Sendable, Equatable {
  /// "survey", "surrogate", "generator", "mark", "digest", "publish".
  package var stage: String
  package var done: Int
  package var total: Int
  /// What `done` counts: "steps", "samples", "bytes".
  package var unit: String
  /// The newest figures by name, such as "loss" and "accuracy"; figures that are not finite are not sent.
  package var metrics: [String: Double]

  package init(stage: String, done: Int, total: Int, unit: String, metrics: [String: Double] = [:]) {
    self.stage = stage
    self.done = done
    self.total = total
    self.unit = unit
    self.metrics = metrics
  }
}

/// How a job process ends, beyond the command line's 0 (done), 1 (failed), 2 (usage) and 3 (refused input).
package enum JobExit {
  /// sysexits' EX_TEMPFAIL: stopped on request or failed for a passing cause; run the same spec again.
  package static let again: Int32 = 75
}

// MARK: - JSON

/// `{"event":"progress","stage":…}`, `{"event":"finished","result":{…}}`, `{"event":"failed","failure":{…}}`,
/// `{"event":"stopped"}`.
extension JobEvent: Codable {
  private enum Key: String, CodingKey {
    case event, result, failure
  }

  private enum Word: String, Codable {
    case progress, finished, failed, stopped
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    switch try container.decode(Word.self, forKey: .event) {
    case .progress: self = .progress(try JobProgress(from: decoder))
    case .finished: self = .finished(try container.decode(JobResult.self, forKey: .result))
    case .failed: self = .failed(try container.decode(JobFailure.self, forKey: .failure))
    case .stopped: self = .stopped
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    switch self {
    case .progress(let progress):
      try container.encode(Word.progress, forKey: .event)
      try progress.encode(to: encoder)
    case .finished(let result):
      try container.encode(Word.finished, forKey: .event)
      try container.encode(result, forKey: .result)
    case .failed(let failure):
      try container.encode(Word.failed, forKey: .event)
      try container.encode(failure, forKey: .failure)
    case .stopped:
      try container.encode(Word.stopped, forKey: .event)
    }
  }
}

extension JobEvent {
  /// What a worker writes, without its newline. An event that cannot be written is a failure that says so: the last
  /// event of a job is never left out.
  package var line: String {
    do { return try CanonicalJSON.line(self) } catch {
      let failure = JobFailure(
        kind: .failed, code: "unwritable-event", stage: "report", message: "an event cannot be written: \(error)")
      return (try? CanonicalJSON.line(JobEvent.failed(failure))) ?? #"{"event":"stopped"}"#
    }
  }
}

extension JobProgress: Codable {
  private enum Key: String, CodingKey {
    case stage, done, total, unit, metrics
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    stage = try container.decode(String.self, forKey: .stage)
    done = try container.decode(Int.self, forKey: .done)
    total = try container.decode(Int.self, forKey: .total)
    unit = try container.decode(String.self, forKey: .unit)
    metrics = try container.decodeIfPresent([String: Double].self, forKey: .metrics) ?? [:]
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(stage, forKey: .stage)
    try container.encode(done, forKey: .done)
    try container.encode(total, forKey: .total)
    try container.encode(unit, forKey: .unit)
    // JSON has no word for NaN: a diverging loss must not cost the whole event.
    let finite = metrics.filter(\.value.isFinite)
    if !finite.isEmpty { try container.encode(finite, forKey: .metrics) }
  }
}
