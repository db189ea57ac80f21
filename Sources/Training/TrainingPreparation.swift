import Datasets
import Foundations
import Jobs
import Networks
import Watermarks
import Work

/// What a `train` job gives the method that prepares: one archive's samples, and trainings with recipes and checkpoints.
struct TrainingPreparation: Preparation {
  let survey: DatasetSurvey
  let target: Int
  private let spec: TrainSpec
  private let training: TrainingSamples
  private let context: WorkContext
  private let reporter: Reporter

  var settings: MethodSettings { spec.method }
  var seed: UInt64 { spec.seed }
  var threads: Int { context.threads }

  /// - Throws: `WorkError.oneClass`, `unknownClass`, `tooFewSamples`.
  init(
    _ spec: TrainSpec, _ survey: DatasetSurvey, limits: InputLimits, _ context: WorkContext, _ reporter: Reporter
  ) throws {
    self.spec = spec
    self.survey = survey
    self.context = context
    self.reporter = reporter
    if let only = survey.classNames.first, survey.classNames.count == 1 {
      throw WorkError.oneClass(only, archive: spec.archive)
    }
    // No target is named: the class with the most samples, which does not depend on what comes first.
    let named = spec.target.isEmpty ? survey.commonestClass : survey.classIndex(named: spec.target)
    guard let target = named else {
      throw WorkError.unknownClass(spec.target, archive: spec.archive, classes: survey.classNames)
    }
    guard survey.indices(in: .train).contains(where: { Int(survey.labels[$0]) != target }) else {
      throw WorkError.oneClass(survey.classNames[target], archive: spec.archive)
    }
    self.target = target
    training = try TrainingSamples(
      survey, limits: limits, sampleShare: spec.method[SharedSettings.sampleShare], seed: spec.seed,
      onProgress: reporter.bytes("read"))
  }

  func lpips() throws -> LPIPS? { try spec.method[SharedSettings.lpips]?.metric() }

  func samples() throws -> SampleCache { try training.all() }

  func samples(dividedBy label: Int) throws -> SampleCache { try training.forGenerator(target: label) }

  func report(_ stage: String) -> ImageReport { reporter.images(stage) }

  func surrogate() throws -> Surrogate {
    let settings = ClassifierSettings(
      architecture: spec.method[SharedSettings.surrogate], width: spec.method[SharedSettings.surrogateWidth],
      epochs: spec.method[SharedSettings.surrogateEpochs])
    let recipe = try Recipe("surrogate", data: .init(survey, training.indices), settings: settings, seed: seed)
    let finished = "\(spec.workDirectory)/surrogate.safetensors"
    if let (model, metadata) = try recipe.kept(at: finished, context),
      let accuracy = metadata["accuracy"].flatMap(Double.init)
    {
      return Surrogate(model: model, accuracy: accuracy, recipe: try recipe.digest)
    }
    let (model, early) = try trained(recipe, settings)
    let held = try early ?? training.heldOrAll()
    let accuracy = try ClassifierPlan(model, batch: 64, threads: threads)
      .accuracy(on: held, onProgress: reporter.images("evaluate"))
    try model.save(to: finished, metadata: ["accuracy": String(accuracy), Recipe.key: recipe.text])
    return Surrogate(model: model, accuracy: accuracy, recipe: try recipe.digest)
  }

  /// The surrogate, and what is held out if it is in memory.
  private func trained(_ recipe: Recipe, _ settings: ClassifierSettings) throws -> (Model, held: SampleCache?) {
    let (samples, held) = try training.allAndHeld()
    let run = try ClassifierTraining(
      samples: samples, classes: survey.classNames.count, settings: settings, seed: seed, threads: threads)
    try finish(run, "surrogate", recipe)
    return (run.model, held)
  }

  func finish<Training: ResumableTraining>(
    _ run: Training, _ name: String, on samples: SampleCache, settings: some Encodable, from: [String]
  ) throws -> Training.Figures {
    try finish(
      run, name, Recipe(name, data: .init(survey, samples.indices), settings: settings, seed: seed, from: from))
  }

  func model(
    _ name: String, on samples: SampleCache, settings: some Encodable, training: () throws -> some ResumableTraining
  ) throws -> (model: Model, recipe: String) {
    let recipe = try Recipe(name, data: .init(survey, samples.indices), settings: settings, seed: seed)
    let finished = "\(spec.workDirectory)/\(name).safetensors"
    if let kept = try recipe.kept(at: finished, context) { return (kept.model, try recipe.digest) }
    let run = try training()
    try finish(run, name, recipe)
    let model = run.model
    try model.save(to: finished, metadata: [Recipe.key: recipe.text])
    return (model, try recipe.digest)
  }

  /// Trains to the end, from the recipe's checkpoint if there is one.
  @discardableResult
  private func finish<Training: ResumableTraining>(
    _ run: Training, _ name: String, _ recipe: Recipe
  ) throws -> Training.Figures {
    let checkpoint = try Checkpoint(name, of: recipe, in: spec.workDirectory, isAlone: true, context)
    return try TrainingRun(stage: name, checkpoint: checkpoint, context: context).finish(run, reporter)
  }
}
