import Archives
import Datasets
import Evidence
import Foundation
import Foundations
package import Jobs
import Networks
import Watermarks
package import Work

/// The `train` job: prepares what a dataset's method marks with, from one archive.
///
/// Everything is a function of the spec; checkpoints in the work directory make a stopped or killed job go on where it
/// was, to the same bytes.
package struct TrainWork {
  private let spec: TrainSpec
  private let context: WorkContext
  private let limits: InputLimits

  package init(_ spec: TrainSpec, _ context: WorkContext) {
    self.spec = spec
    self.context = context
    limits = spec.limits
  }

  package func run() throws -> TrainResult {
    // What cannot be used is found before anything is trained.
    let method = try context.methods.method(named: spec.method.objective)
    if let (key, rule) = spec.method.problem(under: method.declaration) {
      throw WatermarkError.badSetting(key, rule: rule)
    }
    if method.declaration.changesLabels, !spec.method[SharedSettings.allowLabelChanges] {
      throw WatermarkError.labelChanges(method: method.declaration.name)
    }
    _ = try spec.method[SharedSettings.lpips]?.metric()
    try DurableFile(spec.workDirectory).createDirectory(mode: 0o700)
    let reporter = Reporter(context)
    let survey = try context.survey(spec.archive, limits: limits, readsAll: true, onProgress: reporter.bytes("survey"))
      .seen(at: method.declaration.takesAnySize ? spec.method[SharedSettings.trainingSize] : 0)
    guard method.declaration.takesAnySize || !survey.isResized else {
      throw WatermarkError.oneSizeOnly(
        method: method.declaration.name, archive: spec.archive,
        known: context.methods.declarations.filter(\.takesAnySize).map(\.name))
    }
    if method.declaration.changesLabels, let obstacle = try survey.labelObstacle(limits: limits) {
      throw DatasetError(.fixedLabels(obstacle), file: spec.archive)
    }
    let prepared = try method.prepare(
      TrainingPreparation(spec, survey, limits: limits, context, reporter))
    let generator = try Generator(
      prepared, input: survey.shape, isResized: survey.geometry.shape != nil && survey.isResized,
      classes: survey.classNames, methods: context.methods)
    let digest = try publish(generator, surrogate: prepared.surrogate, reporter)
    return TrainResult(
      generator: spec.generator, generatorDigest: digest.description,
      surrogate: prepared.surrogate.map { _ in KeptSurrogate.path(beside: spec.generator) },
      target: prepared.target, metrics: prepared.metrics)
  }

  /// Writes the generator, with its surrogate beside it: where the generator is, the surrogate is.
  private func publish(_ generator: Generator, surrogate: Surrogate?, _ reporter: Reporter) throws -> HexDigest {
    let draft = "\(spec.workDirectory)/generator.safetensors"
    try generator.save(to: draft)
    let digest = try HexDigest(ofFile: draft, onProgress: reporter.bytes("digest"))
    if let surrogate {
      try KeptSurrogate.save(
        surrogate.model, accuracy: surrogate.accuracy, classes: generator.classes, beside: spec.generator,
        digest: digest)
    } else {
      try DurableFile(KeptSurrogate.path(beside: spec.generator)).remove()
    }
    try generator.save(to: spec.generator)
    return digest
  }
}

extension LPIPSFiles {
  /// - Throws: `NeuralNetError`: what is wrong with the weights.
  func metric() throws -> LPIPS { try LPIPS(trunk: trunk, heads: heads) }
}

extension TrainJob: RunnableJob {
  package static func run(_ spec: TrainSpec, _ context: WorkContext) throws -> TrainResult {
    try TrainWork(spec, context).run()
  }
}
