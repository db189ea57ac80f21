import Archives
import Datasets
import Evidence
import Foundations
import Networks
import Releases
import Watermarks

/// Marked samples as they were released, and as they might have been released just as well: only a model that learned from
/// the release has a reason to prefer the first.
///
/// These are questions about released images, which a suspect can recognise: they are for models at hand, not for audits.
/// - Source: METHODS §5.2, §5.8
package struct TwinTrial {
  private let released: [UInt8]
  private let withheld: [UInt8]
  private let samples: [Int]
  private let labels: [UInt16]
  private let release: String

  /// Samples that are asked about at most.
  private static let most = 200
  /// Pixels of theirs that are in memory at once.
  private static let bytesAtOnce = 16 << 20

  /// - Parameter survey: of the archive that the release was made from, as the release's generator sees it.
  /// - Returns: nil for marks that have no twins.
  init?(
    of release: OwnedRelease, on survey: DatasetSurvey, limits: InputLimits, threads: Int,
    onProgress: @escaping ProgressReport
  ) throws {
    guard release.key != nil else { return nil }
    let secret = release.secret
    let marks = try release.record.marks().map(\.index)
    let chosen = Set(marks.sorted { (secret.lot($0), $0) < (secret.lot($1), $1) }.prefix(Self.most))
    let marker = try release.generator.watermark.marker(
      secret, of: release.claim, amplitude: 1, batch: 64, threads: threads)
    var (released, withheld): ([UInt8], [UInt8]) = ([], [])
    samples = chosen.sorted()
    labels = samples.map { survey.labels[$0] }
    let stream = try SampleStream(survey, limits: limits, choose: { chosen.contains($0) }, onProgress: onProgress)
    var waiting: [Sample] = []
    while let sample = try stream.next() {
      waiting.append(sample)
      let isLast = sample.index == samples.last
      guard isLast || waiting.reduce(0, { $0 + $1.pixels.count }) >= Self.bytesAtOnce else { continue }
      let batch = MarkerBatch(
        indices: waiting.map(\.index), labels: waiting.map { UInt16($0.label) }, shapes: waiting.map(\.shape))
      let pixels = waiting.flatMap(\.pixels)
      guard let twins = try marker.markTwins(pixels, batch) else { return nil }
      let marked = try marker.mark(pixels, batch)
      for position in waiting.indices {
        let (bytes, shape) = (batch.bytes(of: position), batch.shapes[position])
        withheld += survey.view(of: Array(twins[bytes]), shape)
        released += survey.view(of: Array(marked[bytes]), shape)
      }
      waiting.removeAll()
    }
    (self.released, self.withheld) = (released, withheld)
    self.release = release.record.name
  }

  /// Which twin a model takes rather for its class, sample by sample; a sample without a number counts for neither.
  func evidence(of plan: ClassifierPlan) throws -> TwinEvidence {
    func scores(_ images: [UInt8]) -> [Double] {
      let probabilities = plan.probabilities(images.span, count: samples.count)
      return labels.enumerated().map { Double(probabilities[$0 * plan.classes + Int($1)]) }
    }
    var evidence = TwinEvidence(release: release)
    for ((sample, published), withheld) in zip(zip(samples, scores(released)), scores(withheld))
    where published.isFinite && withheld.isFinite {
      try evidence.add(sample: sample, published: published, withheld: withheld)
    }
    return evidence
  }
}
