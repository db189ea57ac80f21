package import Archives
package import Datasets
package import Evidence
package import Foundations
import Jobs
package import Networks
import NeuralNet
import Releases
import Training
package import Watermarks

/// The trial that every model of an experiment stands: its accuracy on the held-out split, what it answers to the
/// verification images of one release, and the verdict on that.
///
/// Qualifications and attacks judge all their models by one of these, so that their figures can be compared.
package struct ModelTrial {
  package struct Settings {
    /// m, verification images, and decoy carriers beside the key's own, at most as many as the book has.
    var images: Int
    var decoys: Int
    /// Multiples of ε to look at beside the generator's own.
    var otherAmplitudes: [Int]
    var policy: VerdictPolicy
    /// τ.
    package var margin: Double

    package init(
      images: Int = 50, decoys: Int = QualificationSettings.usualDecoys, otherAmplitudes: [Int] = [],
      policy: VerdictPolicy = VerdictPolicy(), margin: Double = 0.25
    ) {
      self.images = images
      self.decoys = decoys
      self.otherAmplitudes = otherAmplitudes
      self.policy = policy
      self.margin = margin
    }
  }

  private let trials: [KeyTrial]
  private let held: SampleCache
  private let verification: SampleCache
  private let settings: Settings
  private let threads: Int
  private let twins: TwinTrial?
  private let onImages: ImageReport
  let panel: ReferencePanel?

  /// - Parameters:
  ///   - held: what accuracy is measured on.
  ///   - verification: samples of classes that the release's claim concerns.
  ///   - panel: the release's; nil asks none.
  ///   - twins: nil asks about none.
  ///   - onImages: hears of the held-out images as models are asked about them.
  package init(
    of release: OwnedRelease, held: SampleCache, verification: SampleCache, settings: Settings, panel: ReferencePanel?,
    twins: TwinTrial?, threads: Int, onImages: @escaping ImageReport
  ) throws {
    self.held = held
    self.verification = verification
    self.settings = settings
    self.panel = panel
    self.twins = twins
    self.onImages = onImages
    self.threads = threads
    let watermark = release.generator.watermark
    let own = release.amplitude
    let others = release.key == nil ? [] : settings.otherAmplitudes.filter { $0 != own }
    trials = try ([own] + others).map { amplitude in
      KeyTrial(
        verification, of: release.claim, key: release.key,
        marker: try watermark.marker(
          release.secret, of: release.claim, amplitude: amplitude, batch: 64, threads: threads),
        amplitude: amplitude, decoys: settings.decoys)
    }
  }

  /// The trial on the archive that a release was made from. Verification images carry no mark, so they are the same as
  /// in the release.
  /// - Parameter survey: of that archive.
  /// - Throws: `WorkError.tooFewSamples` if fewer verification images are held out than are to be asked about.
  package init(
    of release: OwnedRelease, on survey: DatasetSurvey, settings: Settings, limits: InputLimits, threads: Int,
    onProgress: @escaping ProgressReport, onImages: @escaping ImageReport
  ) throws {
    let survey = try release.generator.seeing(
      survey.counting(release.opening.statement.samples), file: release.record.generator)
    let pool = VerificationPool(
      survey, claim: release.claim, except: Set(try release.record.marks().map(\.index)))
    let asked = Set(try pool.draw(settings.images, after: [], with: release.secret).samples)
    let training = try TrainingSamples(survey, limits: limits, sampleShare: 1, seed: 0, onProgress: onProgress)
    let held = try SampleCache.Filling(survey, limits: limits, Set(training.heldIndices ?? training.indices))
    let verification = try SampleCache.Filling(survey, limits: limits, asked)
    let twins = try TwinTrial.Gathering(of: release, on: survey, threads: threads)
    try SampleReader(survey, limits: limits, onProgress: onProgress).read(
      [held.selection, verification.selection] + [twins?.selection].compactMap(\.self))
    try self.init(
      of: release, held: held.cache(), verification: verification.cache(), settings: settings,
      panel: try release.panel(), twins: twins?.trial(), threads: threads, onImages: onImages)
  }

  /// Images that accuracy is measured on.
  var heldImages: Int { held.count }

  /// Judges a model at the release's own amplitude.
  /// - Parameter change: what the images go through before the model sees them.
  package func finding(of model: Model, seenThrough change: ImageChange? = nil) throws -> ModelFinding {
    let plan = try ClassifierPlan(model, batch: 64, threads: threads)
    return try finding(
      of: plan, accuracy: try accuracy(of: plan, seenThrough: change), in: trials[0], seenThrough: change)
  }

  /// How often the mark succeeds at the release's own amplitude, on all held-out images.
  package func success(of model: Model) throws -> SuccessRates {
    try trials[0].success(of: ClassifierPlan(model, batch: 64, threads: threads), on: held)
  }

  /// Writes down what a model answers at the release's own amplitude: tensors `labels` (m), `clean` (m, K) and `marked`
  /// (c, m, K), the key's carriers first (docs/formats, "Answers of a model").
  func write(answersOf model: Model, to path: String) throws {
    let plan = try ClassifierPlan(model, batch: 64, threads: threads)
    var answers: [[Float]] = []
    try trials[0].ask(plan) { answers.append($0) }
    let (m, classes) = (verification.count, plan.classes)
    try SafetensorsWriter.write(
      [
        "labels": Tensor(shape: [m], values: verification.labels.map(Float.init)),
        "clean": Tensor(shape: [m, classes], values: answers[0]),
        "marked": Tensor(shape: [answers.count - 1, m, classes], values: Array(answers.dropFirst().joined())),
      ], metadata: ["format": "dandyroll-answers/1"], to: path)
  }

  /// Judges a model at every amplitude, the release's own first.
  func findings(of model: Model) throws -> [ModelFinding] {
    let plan = try ClassifierPlan(model, batch: 64, threads: threads)
    let accuracy = try accuracy(of: plan)
    return try trials.map { try finding(of: plan, accuracy: accuracy, in: $0) }
  }

  /// Share of the held-out images on which two models say the same.
  package func agreement(of model: Model, with other: Model) throws -> Double {
    let (first, second) = (try predictions(of: model), try predictions(of: other))
    return Double(zip(first, second).count { $0 == $1 }) / Double(held.count)
  }

  private func predictions(of model: Model) throws -> [Int] {
    let plan = try ClassifierPlan(model, batch: 64, threads: threads)
    return try plan.predictions(of: held, onProgress: onImages)
  }

  private func finding(
    of plan: ClassifierPlan, accuracy: Double, in trial: KeyTrial, seenThrough change: ImageChange? = nil
  ) throws -> ModelFinding {
    let answers = try trial.answers(of: plan, seenThrough: change)
    let rank = panel.flatMap { panel in
      panel.amplitude == trial.amplitude ? panel.rank(answers.scores, on: verification.indices) : nil
    }
    let judgement = Judgement(
      answers.scores, health: answers.health, panel: rank, amplitude: trial.amplitude, margin: settings.margin,
      policy: settings.policy)
    let released = change == nil ? try twins?.answers(of: plan) : nil
    return ModelFinding(
      ba: accuracy, wsr: answers.successRate, baseline: answers.baseline, figures: judgement.figures,
      scores: ScoreDistributions(answers.scores), pPanel: rank?.p.value,
      twins: released?.twins, lossGain: released?.lossGain, verdict: judgement.verdict)
  }

  private func accuracy(of plan: ClassifierPlan, seenThrough change: ImageChange? = nil) throws -> Double {
    guard let change else { return try plan.accuracy(on: held, onProgress: onImages) }
    var correct = 0
    let size = held.shape.bytes
    for start in stride(from: 0, to: held.count, by: Self.imagesAtOnce) {
      let range = start..<min(held.count, start + Self.imagesAtOnce)
      let seen = try change(Array(held.pixels[range.lowerBound * size..<range.upperBound * size]), range.count)
      correct += plan.evaluate(seen.span, labels: range.map { Int(held.labels[$0]) }).correct
      try onImages(range.upperBound, held.count)
    }
    return Double(correct) / Double(held.count)
  }

  /// Changed images that lie in memory beside the originals; it decides no result.
  private static let imagesAtOnce = 512
}
