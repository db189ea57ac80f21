import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
import Networks
package import Watermarks
package import Work

/// `dandyroll model train`: a classifier as any user of a dataset would train it.
package struct ModelTraining: Sendable {
  private let archive: String
  private let settings: ClassifierSettings
  private let start: String?
  private let seed: UInt64
  private let output: String
  private let limits: InputLimits

  /// - Parameter start: the file of a trained model of the same architecture that is fine-tuned; nil trains from scratch.
  package init(
    archive: String, settings: ClassifierSettings, from start: String? = nil, seed: UInt64, output: String,
    limits: InputLimits
  ) {
    self.archive = archive
    self.settings = settings
    self.start = start
    self.seed = seed
    self.output = output
    self.limits = limits
  }

  /// Trains on the training split and writes the model (`dandyroll-model/1`). While it trains there are checkpoints beside
  /// it, from which the same training goes on.
  /// - Returns: its accuracy on the held-out split, if there is one.
  /// - Throws: `WorkError.io` before anything is trained if the model file cannot be written.
  @discardableResult
  package func run(_ context: WorkContext) throws -> Double? {
    let output = try OutputFile(output)
    let reporter = Reporter(context)
    let survey = try DatasetSurvey(file: archive, limits: limits, onProgress: reporter.bytes("survey"))
    let begun = try start.map { try HexDigest(ofFile: $0, onProgress: reporter.bytes("read")).description }
    let start = try start.map { try Self.start($0, fits: survey) }
    let samples = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: seed, onProgress: reporter.bytes("read"))
    let recipe = try Recipe(
      "model", data: .init(survey, samples.indices), settings: settings, seed: seed, from: [begun].compactMap(\.self))
    let run = try ClassifierTraining(
      samples: try samples.all(), classes: survey.classNames.count, settings: settings, seed: seed,
      threads: context.threads, from: start)
    let checkpoint = try Checkpoint(
      (output.path as NSString).lastPathComponent, of: recipe, in: DurableFile(output.path).parent, isAlone: true,
      context)
    try TrainingRun(stage: "model", checkpoint: checkpoint, context: context).finish(run, reporter)
    let model = run.model
    let classes = String(decoding: try CanonicalJSON.encode(survey.classNames).dropLast(), as: UTF8.self)
    try model.save(to: output.path, metadata: ["format": "dandyroll-model/1", "classes": classes], mode: 0o644)
    try checkpoint.remove()
    guard let held = try samples.held() else { return nil }
    return try ClassifierPlan(model, batch: 64, threads: context.threads)
      .accuracy(on: held, onProgress: reporter.images("evaluate"))
  }

  private static func start(_ file: String, fits survey: DatasetSurvey) throws -> Model {
    let model = try Model(contentsOf: file)
    try model.definition.check(fits: survey, file: file)
    return model
  }
}
