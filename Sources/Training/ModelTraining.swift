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
  private let size: Int
  private let limits: InputLimits

  /// - Parameters:
  ///   - start: the file of a trained model of the same architecture that is fine-tuned; nil trains from scratch.
  ///   - size: side of the images that it learns from, which are scaled to it; 0 for the usual one.
  package init(
    archive: String, settings: ClassifierSettings, from start: String? = nil, seed: UInt64, output: String,
    size: Int = 0, limits: InputLimits
  ) {
    self.archive = archive
    self.settings = settings
    self.start = start
    self.seed = seed
    self.output = output
    self.size = size
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
    var survey = try context.survey(archive, limits: limits, readsAll: true, onProgress: reporter.bytes("survey"))
      .seen(at: size)
    let begun = try start.map { try HexDigest(ofFile: $0, onProgress: reporter.bytes("read")).description }
    let start = try start.map { file in
      let model = try Model(contentsOf: file)
      survey = try model.definition.seeing(survey, file: file)
      return model
    }
    let samples = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: seed, onProgress: reporter.bytes("read"))
    let recipe = try Recipe(
      "model", data: .init(survey, samples.indices), settings: settings, seed: seed, from: [begun].compactMap(\.self))
    let (all, early) = try samples.allAndHeld()
    let run = try ClassifierTraining(
      samples: all, classes: survey.classNames.count, settings: settings, seed: seed,
      threads: context.threads, from: start)
    let checkpoint = try Checkpoint(
      (output.path as NSString).lastPathComponent, of: recipe, in: DurableFile(output.path).parent, isAlone: true,
      context)
    try TrainingRun(stage: "model", checkpoint: checkpoint, context: context).finish(run, reporter)
    let model = run.model
    let classes = String(decoding: try CanonicalJSON.encode(survey.classNames).dropLast(), as: UTF8.self)
    var metadata = ["format": "dandyroll-model/1", "classes": classes]
    if survey.geometry.shape != nil, survey.isResized { metadata[NetworkDefinition.resizedKey] = "true" }
    try model.save(to: output.path, metadata: metadata, mode: 0o644)
    try checkpoint.remove()
    guard let held = try early ?? samples.held() else { return nil }
    return try ClassifierPlan(model, batch: 64, threads: context.threads)
      .accuracy(on: held, onProgress: reporter.images("evaluate"))
  }
}
