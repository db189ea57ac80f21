import Datasets
package import Evidence
import Foundation
package import Foundations
import Jobs
import Networks
import Releases
import Training
import Watermarks
package import Work

/// `dandyroll model evaluate`: a classifier's accuracy, and what it answers to marked images.
package struct ModelEvaluation: Sendable {
  private let model: String
  private let archive: String
  private let marks: Marks
  private let images: Int
  private let answers: String?
  private let matrix: String?
  private let limits: InputLimits

  /// Whose marks the model is asked about.
  package enum Marks: Sendable {
    case none
    /// Those without a key, which a generator file paints on every image of the held-out split.
    case generator(String)
    /// Those of a release, on the images of an audit; without a name the vault's only release of the archive.
    case release(String?, vault: String)
  }

  /// - Parameters:
  ///   - images: how many verification images a release's trial asks about.
  ///   - answers: where to write what the model answers to them; nil for nowhere.
  ///   - matrix: where to draw the matrix of an assignment, as a PNG; nil for nowhere.
  package init(
    model: String, archive: String, marks: Marks, images: Int = 50, answers: String? = nil, matrix: String? = nil,
    limits: InputLimits
  ) {
    self.model = model
    self.archive = archive
    self.marks = marks
    self.images = images
    self.answers = answers
    self.matrix = matrix
    self.limits = limits
  }

  /// The `--json` output (docs/formats).
  package struct Figures: Codable, Sendable, Equatable {
    /// Benign accuracy on the held-out split (the training split without one), in [0, 1], and the samples behind it.
    package var ba: Double
    package var samples: Int
    /// Watermark success rate and ΔP, and the same rate on clean images; nil without marks.
    package var wsr: Double?
    package var deltaP: Double?
    package var baseline: Double?
    package var verificationSamples: Int?
    /// Of a release: the key's rank among decoys, how many keys could have been drawn, and the verdict.
    package var pDecoy: Double?
    package var keys: Int?
    package var outcome: Verdict.Outcome?
    /// Of up to 200 marked samples: how much smaller the loss is on what was released than on the original, nats, and of
    /// marks that have twins the exact tests of the coins, by signs and by magnitudes.
    package var lossGain: Double?
    package var pTwins: Double?
    package var pFlips: Double?
    /// Of an assignment what each of its classes gains under each carrier; see `EvidenceFigures.matrix`.
    package var matrix: [[Double?]]?

    private enum CodingKeys: String, CodingKey {
      case ba, samples, wsr, baseline, keys, outcome, matrix
      case deltaP = "delta_p"
      case verificationSamples = "verification_samples"
      case pDecoy = "p_decoy"
      case lossGain = "loss_gain"
      case pTwins = "p_twins"
      case pFlips = "p_flips"
    }
  }

  package func run(_ context: WorkContext) throws -> Figures {
    let reporter = Reporter(context)
    let classifier = try Model(contentsOf: model)
    let survey = try classifier.definition.answering(
      for: context.survey(archive, limits: limits, onProgress: reporter.bytes("survey")), file: model)
    let split = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: 0, onProgress: reporter.bytes("read"))
    switch marks {
    case .none:
      let samples = try split.heldOrAll()
      let plan = try ClassifierPlan(classifier, batch: 64, threads: context.threads)
      return Figures(
        ba: try plan.accuracy(on: samples, onProgress: reporter.images("evaluate")), samples: samples.count)
    case .generator(let file):
      let generator = try Generator(contentsOf: file, methods: context.methods)
      try generator.check(sees: survey, file: file)
      let samples = try split.heldOrAll()
      // Marks without a key are the same under every secret, and claim the same whatever they are on.
      let secret = ReleaseSecret(generator: try HexDigest(ofFile: file), source: survey.digest, seed: 0)
      let anything = ReleaseRequest(
        count: 0, candidates: [], source: survey.digest, labels: survey.labels, secret: secret)
      guard let claim = try? generator.watermark.plan(anything).claim, generator.watermark.key(of: claim) == nil else {
        throw WorkError.noKey(generator: file)
      }
      let scores = try WatermarkScores(
        classifier: classifier, claim: claim,
        marker: generator.watermark.marker(
          secret, of: claim, amplitude: 1, batch: min(64, max(1, samples.count)), threads: context.threads),
        samples: samples, threads: context.threads)
      return Figures(
        ba: scores.benignAccuracy, samples: scores.samples, wsr: scores.successRate, deltaP: scores.probabilityGain,
        baseline: scores.baselineRate, verificationSamples: scores.verificationSamples)
    case .release(let name, let vault):
      let release = try OwnedRelease(name, madeFrom: survey, in: vault, methods: context.methods)
      if matrix != nil, release.claim.assigned(among: []) == nil {
        throw WorkError.noAssignment(release: release.record.directory)
      }
      let settings = ModelTrial.Settings(images: images)
      let trial = try ModelTrial(
        of: release, on: survey, settings: settings, limits: limits, threads: context.threads,
        onProgress: reporter.bytes("read"), onImages: reporter.images("evaluate"))
      if let answers { try trial.write(answersOf: classifier, to: answers) }
      let finding = try trial.finding(of: classifier)
      if let matrix, let gains = finding.figures.matrix {
        try AssignmentPicture([("", gains)]).image.write(to: matrix)
      }
      return Figures(
        ba: finding.ba, samples: trial.heldImages, wsr: finding.wsr, deltaP: finding.figures.deltaP,
        baseline: finding.baseline, verificationSamples: finding.figures.pairs, pDecoy: finding.figures.pDecoy,
        keys: finding.figures.pDecoy == nil ? nil : finding.figures.decoys + 1,
        outcome: finding.decider == .twins
          ? finding.outcome(alpha: settings.policy.alpha) : finding.verdict.outcome,
        lossGain: finding.lossGain, pTwins: finding.pTwins, pFlips: finding.twins?.pFlips,
        matrix: finding.figures.matrix)
    }
  }
}
