import Datasets
import Evidence
import Foundation
package import Foundations
package import Jobs
package import Networks
import NeuralNet
import Releases
import Training
import Watermarks
package import Work

/// `dandyroll verify-weights`: whether the last layer of a model leans towards the carriers of a release.
///
/// The model's features are brought into those of the marker network by least squares. What convicts is the rank of the
/// release's carriers among decoys that go the same way: where marked images align the features they are marked along each
/// set of decoys too, for the marks themselves draw the alignment towards their carriers.
/// - Source: Tekgul & Asokan 2022, §2.2 and §4.3; METHODS §3
package struct WeightVerification: Sendable {
  /// What features are aligned by.
  package enum Alignment: String, Codable, Sendable, CaseIterable {
    /// Held-out images.
    case test
    /// The release's marked samples.
    case marked
  }

  package struct Settings: Sendable {
    package var align: Alignment
    /// The most images.
    package var images: Int
    /// Sets of carriers.
    package var decoys: Int
    package var alpha: Double

    /// - Parameter decoys: nil for as many as take little time.
    package init(align: Alignment, images: Int? = nil, decoys: Int? = nil, alpha: Double = 0.01) {
      self.align = align
      self.images = images ?? (align == .test ? 2000 : 200)
      self.decoys = decoys ?? (align == .test ? 9999 : 99)
      self.alpha = alpha
    }
  }

  private let model: String
  private let network: Learner?
  private let form: NetworkForm?
  private let release: String
  private let vault: String
  private let original: String
  private let settings: Settings
  private let limits: InputLimits

  /// - Parameters:
  ///   - network: of a file that does not say what it holds, such as a checkpoint of PyTorch's.
  ///   - form: of that network; nil for the usual one at the images' size.
  ///   - release: its directory.
  ///   - original: the archive before marking.
  package init(
    model: String, network: Learner?, form: NetworkForm? = nil, release: String, vault: String, original: String,
    settings: Settings, limits: InputLimits
  ) {
    (self.model, self.network, self.form, self.release) = (model, network, form, release)
    (self.vault, self.original, self.settings, self.limits) = (vault, original, settings, limits)
  }

  /// - Throws: `NeuralNetError` for the weights, `WatermarkError.noHead`, `WorkError.noFeatureCarriers`, and what is wrong
  ///   with archive, release or vault.
  package func run(_ context: WorkContext) throws -> WeightReport {
    let reporter = Reporter(context)
    let document = try CanonicalJSON.decode(ReleaseDocument.self, named: "release.json", below: release)
    let name = document.name.description
    _ = try Vault(root: vault, release: document.name).opening(of: document)
    let generator = try OwnedRelease(name, in: vault, methods: context.methods).generator
    guard let watermark = generator.watermark as? any FeatureCarriers else {
      throw WorkError.noFeatureCarriers(release: release, method: generator.objective)
    }
    // Before anything long: whether the weights are a classifier's of these classes.
    let suspect = try suspect(of: generator)
    let survey = try suspect.definition.answering(
      for: context.survey(original, limits: limits, onProgress: reporter.bytes("survey")), file: model)
    let owned = try OwnedRelease(name, madeFrom: survey, in: vault, methods: context.methods)
    let seen = try owned.generator.seeing(
      survey.counting(owned.opening.statement.samples), file: owned.record.generator)
    let marks = try owned.record.marks().map(\.index)
    let pictures = try SampleCache(
      seen, limits: limits, choose: Set(images(of: seen, marks: marks, owned.secret)).contains,
      onProgress: reporter.bytes("read"))
    let trial = try WeightTrial(
      suspect, of: watermark, secret: owned.secret, classes: Set(marks.map { Int(seen.labels[$0]) }).sorted(),
      pictures: pictures, isMarked: settings.align == .marked, threads: context.threads)
    let own = try trial.alignment(with: 0)
    let report = reporter.images("decoys")
    let others = try (1...settings.decoys).map { set in
      try report(set - 1, settings.decoys)
      return try trial.alignment(with: set).score
    }
    return WeightReport(
      release: name, model: Learner(architecture: suspect.definition.architecture, width: suspect.definition.width),
      settings: settings, images: pictures.count, markerFeatures: trial.markerFeatures, features: trial.features,
      names: trial.classes.map { seen.classNames[$0] }, alignment: own,
      rank: try ExchangeableRank(of: own.score, among: others))
  }

  private func suspect(of generator: Generator) throws -> Model {
    if try Model.metadata(of: model)[Model.definitionKey] != nil { return try Model(contentsOf: model) }
    guard let network else {
      throw WorkError.malformed(path: model, reason: "it does not say what network it holds; --architecture does")
    }
    try NetworkDefinition.requireClassifier(network.architecture)
    return try Model(
      NetworkDefinition(
        architecture: network.architecture, width: network.width, input: generator.input,
        classes: generator.classes.count,
        form: form ?? NetworkDefinition.usualForm(of: network.architecture, for: generator.input)),
      contentsOf: model)
  }

  /// Samples to align by: of what is held out, or of the training samples without marks where nothing is, drawn by a seed
  /// that everybody knows; or marked ones, drawn by the release's lots.
  private func images(of survey: DatasetSurvey, marks: [Int], _ secret: ReleaseSecret) throws -> [Int] {
    if settings.align == .marked {
      return Array(marks.sorted { (secret.lot($0), $0) < (secret.lot($1), $1) }.prefix(settings.images))
    }
    let marked = Set(marks)
    let free = survey.indices(in: survey.heldOut ?? .train).filter { !marked.contains($0) }
    guard !free.isEmpty else {
      throw WorkError.tooFewSamples(archive: survey.file, split: "train", found: 0, needed: 1)
    }
    return RandomStream.draw(settings.images, of: free, seed: 0, purpose: "alignment")
  }
}

/// The weights of one model beside the carriers of one release, and beside decoys.
private final class WeightTrial {
  /// Those that have marks.
  let classes: [Int]
  private let watermark: any FeatureCarriers
  private let secret: ReleaseSecret
  private let pictures: SampleCache
  private let isMarked: Bool
  private let threads: Int
  private let suspect: ClassifierPlan
  private let marker: ClassifierPlan
  /// Of the last layer, (K, d).
  private let head: [Float]
  private var aligned: [[Double]]?

  var features: Int { suspect.featureCount }
  var markerFeatures: Int { marker.featureCount }

  init(
    _ model: Model, of watermark: any FeatureCarriers, secret: ReleaseSecret, classes: [Int], pictures: SampleCache,
    isMarked: Bool, threads: Int
  ) throws {
    (self.watermark, self.secret, self.classes, self.pictures) = (watermark, secret, classes, pictures)
    (self.isMarked, self.threads) = (isMarked, threads)
    suspect = try ClassifierPlan(model, batch: 64, threads: threads)
    marker = try ClassifierPlan(watermark.featureNetwork, batch: 64, threads: threads)
    guard let name = model.definition.headWeight, let weight = model.tensors[name],
      weight.values.count == suspect.classes * suspect.featureCount
    else { throw WatermarkError.noHead(architecture: model.definition.architecture) }
    head = weight.values
  }

  /// - Parameter set: 0 for the release's own carriers.
  func alignment(with set: Int) throws -> CarrierAlignment {
    try CarrierAlignment(
      rows(with: set),
      carriers: classes.map { try watermark.carrier(ofClass: $0, set: set, count: marker.featureCount, secret) })
  }

  /// W·X: the weights of each class in the marker's features. Held-out images know of no carriers, so they give the same
  /// for every set.
  private func rows(with set: Int) throws -> [[Double]] {
    if !isMarked, let aligned { return aligned }
    let pixels =
      isMarked
      ? try watermark.mark(
        pictures.pixels, labels: pictures.labels, set: set, secret, batch: 64, threads: threads) : pictures.pixels
    let (count, own, wanted) = (pictures.count, suspect.featureCount, marker.featureCount)
    let map = try LeastSquares.solve(
      suspect.features(pixels.span, count: count), marker.features(pixels.span, count: count), rows: count)
    let rows = classes.map { label in
      var row = [Double](repeating: 0, count: wanted)
      for feature in 0..<own {
        let weight = Double(head[label * own + feature])
        for place in 0..<wanted { row[place] += weight * map[feature * wanted + place] }
      }
      return row
    }
    aligned = rows
    return rows
  }
}
