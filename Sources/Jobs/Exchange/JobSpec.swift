/// Everything a job process is told: one JSON file, written before the process starts (FORMATS.md, "Job spec").
///
/// The same spec run twice with the same kernels (FORMATS.md, "Kernel sets") gives the same files, byte for byte; nothing
/// else is read from the environment.
package struct JobSpec: Sendable, Equatable {
  /// The format's version; a worker refuses any other.
  package var version: Int
  /// The ledger's name for the job, also the name of its work directory.
  package var id: String
  /// Threads for computing, ≥ 1.
  package var threads: Int
  package var work: Work

  package enum Work: Sendable, Equatable {
    case train(TrainSpec)
    case release(ReleaseSpec)
    case audit(AuditSpec)
    case qualify(QualifySpec)
    case reference(ReferenceSpec)
  }

  package static let currentVersion = 1

  package init(id: String, threads: Int, work: Work) {
    self.version = Self.currentVersion
    self.id = id
    self.threads = threads
    self.work = work
  }
}

// MARK: - JSON

/// `{"version":1,"id":"12","threads":2,"kind":"train","train":{…}}`, or another kind in both places.
extension JobSpec: Codable {
  private enum Key: String, CodingKey {
    case version, id, threads, kind, train, release, qualify, reference, audit
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    version = try container.decode(Int.self, forKey: .version)
    // The rest is read only in the version that is known, so that another version is named as such.
    guard version == Self.currentVersion else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: container,
        debugDescription: "job spec version \(version), this program reads version \(Self.currentVersion)")
    }
    id = try container.decode(String.self, forKey: .id)
    threads = try container.decode(Int.self, forKey: .threads)
    switch try container.decode(JobKind.self, forKey: .kind) {
    case .train: work = .train(try container.decode(TrainSpec.self, forKey: .train))
    case .release: work = .release(try container.decode(ReleaseSpec.self, forKey: .release))
    case .audit: work = .audit(try container.decode(AuditSpec.self, forKey: .audit))
    case .qualify: work = .qualify(try container.decode(QualifySpec.self, forKey: .qualify))
    case .reference: work = .reference(try container.decode(ReferenceSpec.self, forKey: .reference))
    }
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(version, forKey: .version)
    try container.encode(id, forKey: .id)
    try container.encode(threads, forKey: .threads)
    switch work {
    case .train(let spec):
      try container.encode(JobKind.train, forKey: .kind)
      try container.encode(spec, forKey: .train)
    case .release(let spec):
      try container.encode(JobKind.release, forKey: .kind)
      try container.encode(spec, forKey: .release)
    case .audit(let spec):
      try container.encode(JobKind.audit, forKey: .kind)
      try container.encode(spec, forKey: .audit)
    case .qualify(let spec):
      try container.encode(JobKind.qualify, forKey: .kind)
      try container.encode(spec, forKey: .qualify)
    case .reference(let spec):
      try container.encode(JobKind.reference, forKey: .kind)
      try container.encode(spec, forKey: .reference)
    }
  }
}
