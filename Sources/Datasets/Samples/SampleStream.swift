package import Archives
package import Foundations

/// Iterates over chosen samples of a surveyed archive in stream order, one block of the archive in memory at a time.
package final class SampleStream {
  private let walker: SampleWalker
  private let choose: (Int) -> Bool
  private var collector = Collector()
  private var handedOut = 0
  private var isAtEnd = false

  /// Keeps the chosen samples of one step.
  private struct Collector: SampleVisitor {
    var samples: [Sample] = []

    mutating func begin(_ member: ArchiveMember, _ form: MemberForm) {}
    mutating func pass(_ bytes: Span<UInt8>) {}
    mutating func end() {}
    mutating func record(_ sample: Sample) { samples.append(sample) }
    mutating func image(_ sample: Sample, in member: ArchiveMember, _ origin: ImageOrigin) { samples.append(sample) }
  }

  /// `choose` gets each sample index once, in order; the samples that it turns away are not decoded.
  package init(
    _ survey: DatasetSurvey, limits: InputLimits = InputLimits(), choose: @escaping (Int) -> Bool = { _ in true },
    onProgress: @escaping ProgressReport
  ) throws {
    walker = try SampleWalker(survey, limits: limits, onProgress: onProgress)
    self.choose = choose
  }

  /// Whether what comes after the last sample that was wanted need not be read; then how far the reading has come is
  /// reported.
  func end() throws -> Bool { try walker.end() }

  /// The next chosen sample; nil at the end, once the archive has proved to be the surveyed one.
  ///
  /// - Throws: `DatasetError`, and what `onProgress` throws.
  package func next() throws -> Sample? {
    while handedOut == collector.samples.count {
      collector.samples.removeAll(keepingCapacity: true)
      handedOut = 0
      guard !isAtEnd else { return nil }
      isAtEnd = try !walker.step(&collector, choose: choose)
    }
    defer { handedOut += 1 }
    return collector.samples[handedOut]
  }
}
