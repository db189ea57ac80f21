import Datasets
import Evidence
import Foundation
import Foundations
import Networks
import Releases
import Watermarks

/// Marked samples as they were released, and as they might have been released just as well: only a model that learned from
/// the release has a reason to prefer the first.
///
/// Beside it the originals: that a model has smaller losses on what was released is the papers' black-box rule, which says
/// nothing exact, since marks may be easier to recognise for anybody.
///
/// These are questions about released images, which a suspect can recognise: they are for models at hand, not for audits.
/// - Source: METHODS §5.2, §5.8
package struct TwinTrial {
  private let original: [UInt8]
  private let released: [UInt8]
  /// nil for marks that have no twins.
  private let withheld: [UInt8]?
  private let samples: [Int]
  private let labels: [UInt16]
  private let release: String

  /// Samples that are asked about at most.
  private static let most = 200
  /// Pixels of theirs that are in memory at once.
  private static let bytesAtOnce = 16 << 20

  private init(
    original: [UInt8], released: [UInt8], withheld: [UInt8]?, samples: [Int], labels: [UInt16], release: String
  ) {
    (self.original, self.released, self.withheld) = (original, released, withheld)
    (self.samples, self.labels, self.release) = (samples, labels, release)
  }

  /// A trial that comes together while the archive is read that the release was made from, for something else perhaps.
  final class Gathering {
    private let release: OwnedRelease
    private let survey: DatasetSurvey
    private let marker: any SampleMarker
    private let samples: [Int]
    private var (original, released, withheld): ([UInt8], [UInt8], [UInt8]) = ([], [], [])
    private var waiting: [Sample] = []
    private var hasTwins = true

    /// - Parameter survey: of that archive, as the release's generator sees it.
    /// - Returns: nil for marks that are the same in every release.
    init?(of release: OwnedRelease, on survey: DatasetSurvey, threads: Int) throws {
      guard release.key != nil || release.generator.watermark.isJudgedByTwins else { return nil }
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
      waiting.append(sample)
      let isLast = sample.index == samples.last
      guard isLast || waiting.reduce(0, { $0 + $1.pixels.count }) >= TwinTrial.bytesAtOnce else { return }
      let batch = MarkerBatch(
        indices: waiting.map(\.index), labels: waiting.map { UInt16($0.label) }, shapes: waiting.map(\.shape))
      let pixels = waiting.flatMap(\.pixels)
      waiting.removeAll()
      let marked = try marker.mark(pixels, batch)
      let twins = try marker.markTwins(pixels, batch)
      if twins == nil { hasTwins = false }
      for position in 0..<batch.count {
        let (bytes, shape) = (batch.bytes(of: position), batch.shapes[position])
        if let twins { withheld += survey.view(of: Array(twins[bytes]), shape) }
        original += survey.view(of: Array(pixels[bytes]), shape)
        released += survey.view(of: Array(marked[bytes]), shape)
      }
    }

    /// The trial, once the archive has been read.
    func trial() -> TwinTrial {
      TwinTrial(
        original: original, released: released, withheld: hasTwins ? withheld : nil, samples: samples,
        labels: samples.map { survey.labels[$0] },
        release: release.record.name)
    }
  }

  struct Answers {
    /// Which twin a model takes rather for its class, sample by sample; nil for marks that have no twins.
    var twins: TwinEvidence?
    /// ℓ(x) − ℓ(x̃) in nats, the mean over the samples: of the original less of what was released. The papers take a model for
    /// guilty where it is above 0. nil without an answer.
    /// - Source: Tekgul & Asokan 2022, eq. 3
    var lossGain: Double?
  }

  /// What a model makes of the samples; one without a number counts for nothing.
  func answers(of plan: ClassifierPlan) throws -> Answers {
    func scores(_ images: [UInt8]) -> [Double] {
      let probabilities = plan.probabilities(images.span, count: samples.count)
      return labels.enumerated().map { Double(probabilities[$0 * plan.classes + Int($1)]) }
    }
    func loss(_ probability: Double) -> Double { -log(max(probability, Self.leastProbability)) }
    let published = scores(released)
    var evidence = withheld == nil ? nil : TwinEvidence(release: release)
    if let withheld {
      for ((sample, published), withheld) in zip(zip(samples, published), scores(withheld))
      where published.isFinite && withheld.isFinite {
        try evidence?.add(
          sample: sample, published: published, withheld: withheld, difference: loss(withheld) - loss(published))
      }
    }
    let gains = zip(scores(original), published).map { loss($0) - loss($1) }.filter(\.isFinite)
    return Answers(
      twins: evidence, lossGain: gains.isEmpty ? nil : gains.reduce(0, +) / Double(gains.count))
  }

  /// No loss counts for more than that of a chance of one in a million.
  private static let leastProbability = 1e-6
}
