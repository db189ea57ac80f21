import Datasets
import Evidence
import Foundation
import Foundations
import Jobs
import Networks
import Releases
import Training
import Trials
import Watermarks
import Work

/// Makes what experiments need, each thing once: generators, releases and trained models.
///
/// Everything is a function of the archive, the settings and the seed, and is kept in the output directory, so that an
/// experiment that was stopped goes on.
final class PaperWorkshop {
  let archive: String
  let survey: DatasetSurvey
  let settings: PaperSettings
  let directory: String
  let seed: UInt64
  let target: String
  let limits: InputLimits
  let context: WorkContext
  private let reporter: Reporter
  /// The last one; its images are worth keeping while the models of one release are judged.
  private var trial: (release: Release, trial: ModelTrial)?

  init(
    _ survey: DatasetSurvey, target: String, settings: PaperSettings, directory: String, seed: UInt64,
    limits: InputLimits, context: WorkContext
  ) {
    self.survey = survey
    archive = survey.file
    self.settings = settings
    self.directory = directory
    self.seed = seed
    self.target = target
    self.limits = limits
    self.context = context
    reporter = Reporter(context)
  }

  /// A way of marking the data.
  struct Marking: Hashable {
    var objective: MethodName
    /// In 1/255.
    var epsilon: Int
    /// Share of the target class; nil for as much as the method marks by default.
    var rate: Double?
    var surrogate: Learner
    /// 0, or another owner's number, who draws other seeds.
    var owner: UInt64 = 0

    var generatorName: String {
      "\(objective.rawValue)-\(surrogate.architecture)-\(surrogate.width)-e\(epsilon)-o\(owner)"
    }
    var name: String { generatorName + (rate.map { "-r\(Int(($0 * 1000).rounded()))" } ?? "-usual") }
  }

  struct Release: Equatable {
    /// The directory's name, by which the vault knows it.
    let name: String
    let archive: String
    let quality: ReproductionRow.Quality
  }

  /// The marking of the dataset's own user, in this objective: at the experiment's ε and rate, or as a baseline was
  /// published.
  func marking(_ objective: MethodName, owner: UInt64 = 0) -> Marking {
    Marking(
      objective: objective, epsilon: settings.method[SharedSettings.epsilon],
      rate: objective.isStudied ? settings.rate : nil,
      surrogate: settings.surrogate, owner: owner)
  }

  var vault: String { "\(directory)/vault" }

  // MARK: - Generators and releases

  func release(_ marking: Marking) throws -> Release {
    let name = "release-\(marking.name)-1"
    let output = "\(directory)/releases/\(name)"
    if !FileManager.default.fileExists(atPath: output) {
      // As many marks as on the target class, of classes of one size.
      let rate = marking.rate.map { share in
        let share = marking.objective == .assignment ? share / Double(survey.classNames.count) : share
        guard let rate = MarkingRate(share: share, unit: .candidates) else {
          preconditionFailure("a rate of an experiment is in (0, 1]")
        }
        return rate
      }
      _ = try ReleaseInPlace(
        archive: archive, generator: try generator(marking), directory: output, vault: vault, rate: rate,
        seed: seed &+ marking.owner, lpips: settings.method[SharedSettings.lpips], limits: limits, created: 0,
        secret: .ofExperiment(seed: seed)
      ).run(context)
    }
    return Release(
      name: name, archive: "\(output)/data/\((archive as NSString).lastPathComponent)",
      quality: .init(try Vault(root: vault, release: name).quality()))
  }

  private func generator(_ marking: Marking) throws -> String {
    let output = "\(directory)/generators/\(marking.generatorName).safetensors"
    if FileManager.default.fileExists(atPath: output) { return output }
    let method = try method(of: marking)
    let work = output + ".work"
    let spec = TrainSpec(
      archive: archive, dataset: ReleaseName.dataset(ofArchive: archive), target: target, method: method,
      seed: seed &+ marking.owner, generator: output, workDirectory: work, limits: limits)
    // The surrogate does not depend on the objective or on ε. The job takes a finished one from its work directory.
    let surrogate =
      "\(directory)/surrogates/\(marking.surrogate.architecture)-\(marking.surrogate.width)-o\(marking.owner)"
    let finished = "\(work)/surrogate.safetensors"
    for folder in ["generators", "surrogates", "generators/\(marking.generatorName).safetensors.work"] {
      try DurableFile("\(directory)/\(folder)").createDirectory()
    }
    if FileManager.default.fileExists(atPath: surrogate) { try DurableFile(surrogate).copy(to: finished, mode: 0o600) }
    _ = try TrainWork(spec, context).run()
    if FileManager.default.fileExists(atPath: finished) { try DurableFile(finished).copy(to: surrogate, mode: 0o600) }
    try DurableFile(work).remove()
    return output
  }

  /// Of a baseline what was published, but for its surrogate, and for digits ε: what is faint beside a stroke is not
  /// learned.
  private func method(of marking: Marking) throws -> MethodSettings {
    let declaration = try context.methods.method(named: marking.objective).declaration
    var method = marking.objective.isStudied ? settings.method : MethodSettings(of: declaration)
    if marking.objective.isStudied || survey.shape.channels == 1 {
      method[SharedSettings.epsilon] = marking.epsilon
    }
    method[SharedSettings.surrogate] = marking.surrogate.architecture
    method[SharedSettings.surrogateWidth] = marking.surrogate.width
    method[SharedSettings.surrogateEpochs] = settings.method[SharedSettings.surrogateEpochs]
    method[SharedSettings.lpips] = settings.method[SharedSettings.lpips]
    method.keep(declaration)
    if declaration.changesLabels { method[SharedSettings.allowLabelChanges] = true }
    return method
  }

  // MARK: - Models

  /// A model that is trained from scratch on a release, or on the clean data.
  func user(of release: Release?, _ learner: Learner) throws -> Model {
    try Model(contentsOf: userFile(of: release, learner))
  }

  /// The file of such a model.
  func userFile(of release: Release?, _ learner: Learner) throws -> String {
    let name = "\(release?.name ?? "clean")-\(learner.architecture)-\(learner.width)"
    let models = "\(directory)/models"
    let training = ClassifierSettings(architecture: learner.architecture, width: learner.width, epochs: settings.epochs)
    let data =
      try release.map {
        try DatasetSurvey(file: $0.archive, limits: limits, onProgress: reporter.bytes("survey"))
      }
      ?? survey
    let samples = try TrainingSamples(
      data, limits: limits, sampleShare: 1, seed: seed, onProgress: reporter.bytes("read"))
    let recipe = try Recipe("model", data: .init(data, samples.indices), settings: training, seed: seed)
    _ = try ModelStore(directory: models, checkpoints: models, context: context, reporter: reporter).model(
      name, recipe: recipe, stage: "model"
    ) {
      try ClassifierTraining(
        samples: try samples.all(),
        classes: data.classNames.count, settings: training, seed: seed, threads: context.threads)
    }
    return "\(models)/\(name).safetensors"
  }

  /// What an audit for this release makes of a model.
  func finding(of model: Model, for release: Release) throws -> ModelFinding {
    try trial(of: release).finding(of: model)
  }

  /// How often the release's mark succeeds on held-out images of all classes.
  func success(of model: Model, for release: Release) throws -> SuccessRates {
    try trial(of: release).success(of: model)
  }

  private func trial(of release: Release) throws -> ModelTrial {
    try context.checkStop()
    if let trial, trial.release == release { return trial.trial }
    let made = try ModelTrial(
      of: OwnedRelease(release.name, in: vault, methods: context.methods), on: survey,
      settings: .init(images: settings.images, decoys: settings.decoys), limits: limits,
      threads: context.threads, onProgress: reporter.bytes("read"), onImages: reporter.images("evaluate"))
    trial = (release, made)
    return made
  }

  /// Accuracy on the held-out split.
  func accuracy(of model: Model) throws -> Double {
    let samples = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: seed, onProgress: reporter.bytes("read"))
    return try ClassifierPlan(model, batch: 64, threads: context.threads)
      .accuracy(on: samples.heldOrAll(), onProgress: reporter.images("evaluate"))
  }
}
