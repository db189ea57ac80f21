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

  private init(released: [UInt8], withheld: [UInt8], samples: [Int], labels: [UInt16], release: String) {
    (self.released, self.withheld) = (released, withheld)
    (self.samples, self.labels, self.release) = (samples, labels, release)
  }

  /// A trial that comes together while the archive is read that the release was made from, for something else perhaps.
  final class Gathering {
    private let release: OwnedRelease
    private let survey: DatasetSurvey
    private let marker: any SampleMarker
    private let samples: [Int]
    private var (released, withheld): ([UInt8], [UInt8]) = ([], [])
    private var waiting: [Sample] = []
    private var hasTwins = true

    /// - Parameter survey: of that archive, as the release's generator sees it.
    /// - Returns: nil for marks that have no twins.
    init?(of release: OwnedRelease, on survey: DatasetSurvey, threads: Int) throws {
      guard release.key != nil else { return nil }
      self.release = release
      self.survey = survey
      let secret = release.secret
      let marks = try release.record.marks().map(\.index)
      samples = marks.sorted { (secret.lot($0), $0) < (secret.lot($1), $1) }.prefix(TwinTrial.most).sorted()
      marker = try release.generator.watermark.marker(
        secret, of: release.claim, amplitude: 1, batch: 64, threads: threads)
    }

    /// What it wants of the reading.
    var selection: SampleReader.Selection { .init(Set(samples)) { [self] in try take($0) } }

    private func take(_ sample: Sample) throws {
      guard hasTwins else { return }
      waiting.append(sample)
      let isLast = sample.index == samples.last
      guard isLast || waiting.reduce(0, { $0 + $1.pixels.count }) >= TwinTrial.bytesAtOnce else { return }
      let batch = MarkerBatch(
        indices: waiting.map(\.index), labels: waiting.map { UInt16($0.label) }, shapes: waiting.map(\.shape))
      let pixels = waiting.flatMap(\.pixels)
      waiting.removeAll()
      guard let twins = try marker.markTwins(pixels, batch) else {
        hasTwins = false
        return
      }
      let marked = try marker.mark(pixels, batch)
      for position in 0..<batch.count {
        let (bytes, shape) = (batch.bytes(of: position), batch.shapes[position])
        withheld += survey.view(of: Array(twins[bytes]), shape)
        released += survey.view(of: Array(marked[bytes]), shape)
      }
    }

    /// The trial, once the archive has been read; nil for marks that have no twins.
    func trial() -> TwinTrial? {
      guard hasTwins else { return nil }
      return TwinTrial(
        released: released, withheld: withheld, samples: samples, labels: samples.map { survey.labels[$0] },
        release: release.record.name)
    }
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
