import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
import Networks
import Releases
import Training
import Watermarks
package import Work

/// `dandyroll model watermark`: a copy of a classifier that its owner can recognise, and what embedding has cost.
///
/// Method `deep-fidelity` marks a model, not a dataset.
/// - Source: Hua & Teoh 2022; METHODS §4
package struct ModelWatermarking: Sendable {
  private let host: String
  private let archive: String
  private let settings: EmbeddingSettings
  private let triggers: Int
  private let name: String
  private let output: String
  private let vault: String
  private let seed: UInt64
  private let limits: InputLimits

  /// - Parameters:
  ///   - host: the classifier's file.
  ///   - archive: what it is held to its host on, and learns from.
  ///   - triggers: how many.
  ///   - name: of the watermark in the vault; a dataset's name would do (`DatasetName.isSafe`).
  ///   - output: the marked model's file.
  ///   - seed: of order, fresh weights and, with the vault's secret, of the watermark.
  package init(
    host: String, archive: String, settings: EmbeddingSettings, triggers: Int = TriggerSet.usualCount, name: String,
    output: String, vault: String, seed: UInt64 = 0, limits: InputLimits
  ) {
    self.host = host
    self.archive = archive
    self.settings = settings
    self.triggers = triggers
    self.name = name
    self.output = output
    self.vault = vault
    self.seed = seed
    self.limits = limits
  }

  /// The `--json` output, and `report.json` beside the watermark's record (docs/formats).
  package struct Report: Codable, Sendable, Equatable {
    package static let currentFormat = "dandyroll-model-watermark-report/1"

    package private(set) var format = Self.currentFormat
    package private(set) var program = ProgramVersion.current
    package let watermark: String
    /// The record's, to be published.
    package let commitment: HexDigest
    /// Digests of the two files.
    package let host: HexDigest
    package let model: HexDigest
    package let architecture: String
    package let width: Int
    package let settings: EmbeddingSettings
    package let seed: UInt64
    package let triggers: Int
    package let trainingImages: Int
    /// Held-out images that the figures are of.
    package let images: Int
    /// The host, and what the marked model started from: the host itself, or fresh weights.
    package let hostFigures: FidelityFigures
    package let before: FidelityFigures
    package let after: FidelityFigures

    private enum CodingKeys: String, CodingKey {
      case format, program, watermark, commitment, host, model, architecture, width, settings, seed, triggers, images
      case before, after
      case trainingImages = "training_images"
      case hostFigures = "host_figures"
    }
  }

  /// Trains and writes the marked model (`dandyroll-model/1`). While it trains there are checkpoints beside it, from which
  /// the same command goes on.
  /// - Throws: before anything is trained `WorkError.otherShape` for a host of other images or classes than the archive's,
  ///   `NeuralNetError` for a file that is no network or holds what is no number, `WatermarkError.noHead`, `badSetting` for
  ///   too few triggers, `WorkError.io` if the model file cannot be written, `otherWork` for a name that is taken.
  package func run(_ context: WorkContext) throws -> Report {
    let output = try OutputFile(output)
    let reporter = Reporter(context)
    let original = try Model(contentsOf: host)
    let definition = original.definition
    let survey = try definition.answering(
      for: context.survey(archive, limits: limits, readsAll: true, onProgress: reporter.bytes("survey")), file: host)
    guard definition.headWeight != nil else { throw WatermarkError.noHead(architecture: definition.architecture) }
    try checkTriggers(of: survey.classNames, in: definition.input)
    let digest = try HexDigest(ofFile: host, onProgress: reporter.bytes("digest"))
    let watermark = ModelWatermark(
      name: name,
      key: try VaultSecret.kept(in: vault, fresh: .drawn())
        .key(ofModelMarkedFrom: digest, source: survey.digest, seed: seed),
      host: digest, source: survey.digest, classes: survey.classNames, input: definition.input, triggers: triggers)
    try watermark.keep(in: vault)
    let commitment = try watermark.commitment

    let data = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: seed, onProgress: reporter.bytes("read"))
    let (samples, early) = try data.allAndHeld()
    let questions = watermark.triggerSet
    let run = try EmbeddingTraining(
      of: original, samples: samples, triggers: questions, settings: settings, seed: seed, threads: context.threads,
      onProgress: reporter.images("ask the host"))
    let recipe = try Recipe(
      "deep-fidelity", data: .init(survey, data.indices), settings: settings, seed: seed,
      from: [digest.description, commitment.description])
    let checkpoint = try Checkpoint(
      (output.path as NSString).lastPathComponent, of: recipe, in: DurableFile(output.path).parent, isAlone: true,
      context)
    try TrainingRun(stage: "watermark", checkpoint: checkpoint, context: context).finish(run, reporter)
    let model = run.model
    try save(model, to: output.path)
    try checkpoint.remove()

    let trial = try FidelityTrial(
      host: original, samples: early ?? data.heldOrAll(), triggers: questions, threads: context.threads,
      onProgress: reporter.images("ask the host"))
    let report = Report(
      watermark: name, commitment: commitment, host: digest, model: try HexDigest(ofFile: output.path),
      architecture: definition.architecture, width: definition.width, settings: settings, seed: seed,
      triggers: triggers, trainingImages: samples.count, images: trial.images,
      hostFigures: try trial.hostFigures(),
      before: try trial.figures(of: run.start, onProgress: reporter.images("evaluate")),
      after: try trial.figures(of: model, onProgress: reporter.images("evaluate")))
    try DurableFile(ModelWatermark.report(name, in: vault)).replace(with: CanonicalJSON.encode(report), mode: 0o600)
    return report
  }

  /// So many that the right answer to each convicts, and no more than fit.
  private func checkTriggers(of names: [String], in input: ImageShape) throws {
    let classes = names.count
    if let only = names.first, classes == 1 { throw WorkError.oneClass(only, archive: archive) }
    let alpha = VerdictPolicy().alpha
    let counts = ModelWatermark.triggerCounts
    let least = counts.first { LabelMatches.leastP(of: $0, classes: classes).isAtMost(alpha) } ?? counts.upperBound
    let most = min(counts.upperBound, ModelWatermark.largestBytes / input.bytes)
    guard triggers >= least, triggers <= most else {
      throw WatermarkError.badSetting(
        "triggers",
        rule: "\(triggers) is outside \(least) … \(most): fewer of \(classes) classes cannot show p ≤ \(alpha)")
    }
  }

  /// With what the host's file says of its classes and images.
  private func save(_ model: Model, to path: String) throws {
    var metadata = ["format": "dandyroll-model/1"]
    let told = try Model.metadata(of: host)
    for key in ["classes", NetworkDefinition.resizedKey] { metadata[key] = told[key] }
    try model.save(to: path, metadata: metadata, mode: 0o644)
  }
}
