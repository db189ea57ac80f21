/// Everything a job process is told: one JSON file, written before the process starts (docs/formats, "Job spec").
///
/// The same spec run twice with the same kernels (docs/formats, "Kernel sets") gives the same files, byte for byte;
/// nothing else is read from the environment.
package struct JobSpec: Sendable, Equatable {
  /// The format's version; a worker refuses any other.
  package var version: Int
  /// The ledger's name for the job, also the name of its work directory.
  package var id: String
  /// Threads for computing, ≥ 1.
  package var threads: Int
  /// The spec of the job's kind.
  package var work: any JobPart

  package static let currentVersion = 1

  package init(id: String, threads: Int, work: any JobPart) {
    self.version = Self.currentVersion
    self.id = id
    self.threads = threads
    self.work = work
  }

  package var kind: JobKind { type(of: work).kind }

  package static func == (a: Self, b: Self) -> Bool {
    (a.version, a.id, a.threads) == (b.version, b.id, b.threads) && a.work.equals(b.work)
  }
}

// MARK: - JSON

/// `{"version":1,"id":"12","threads":2,"kind":"train","train":{…}}`, or another kind in both places.
extension JobSpec: Codable {
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: JobKey.self)
    version = try container.decode(Int.self, forKey: .version)
    // The rest is read only in the version that is known, so that another version is named as such.
    guard version == Self.currentVersion else {
      throw DecodingError.dataCorruptedError(
        forKey: .version, in: container,
        debugDescription: "job spec version \(version), this program reads version \(Self.currentVersion)")
    }
    id = try container.decode(String.self, forKey: .id)
    threads = try container.decode(Int.self, forKey: .threads)
    work = try container.spec(decoder)
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: JobKey.self)
    try container.encode(version, forKey: .version)
    try container.encode(id, forKey: .id)
    try container.encode(threads, forKey: .threads)
    try container.encode(part: work)
  }
}
