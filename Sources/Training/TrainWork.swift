import Datasets
import Evidence
import Foundation
package import Jobs
import NeuralNet
import Watermarks
package import Work

/// The `train` job: surrogate first, then the generator, from one archive.
///
/// Everything is a function of the spec; checkpoints in the work directory make a stopped or killed job go on where it
/// was, to the same bytes.
package struct TrainWork {
  private let spec: TrainSpec
  private let context: WorkContext
  private let limits: Limits

  package init(_ spec: TrainSpec, _ context: WorkContext) {
    self.spec = spec
    self.context = context
    limits = Limits(spec.limits)
  }

  package func run() throws -> TrainResult {
    // Files that cannot be used are found before anything is trained.
    _ = try lpips()
    try DurableFile(spec.workDirectory).createDirectory(mode: 0o700)
    let reporter = Reporter(context)
    let survey = try DatasetSurvey(file: spec.archive, limits: limits, onProgress: reporter.bytes("survey"))
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
    let training = try TrainingSamples(
      survey, limits: limits, sampleShare: spec.method.sampleShare, seed: spec.seed, onProgress: reporter.bytes("read"))

    let trained =
      switch spec.method.objective {
      case .paper: try trainPaper(survey, training, target: target, reporter)
      case .keyed: try trainKeyed(survey, training, target: target, reporter)
      }
    let (keyed, metrics) = (trained.keyed, trained.metrics)
    let generator = Generator(
      network: trained.network, classes: survey.classNames,
      description: Generator.Description(
        epsilon: spec.method.epsilon, targetClass: target, targetName: survey.classNames[target],
        objective: spec.method.objective.rawValue, keyed: keyed, settings: settings(survey), seed: spec.seed,
        metrics: metrics,
        perceptualTerm: keyed?.isPainted == false ? nil : LPIPS.termName(try lpips())))
    let digest = try publish(generator, surrogate: trained.surrogate, reporter)
    return TrainResult(
      generator: spec.generator, generatorDigest: digest.description,
      surrogate: trained.surrogate.map { _ in KeptSurrogate.path(beside: spec.generator) },
      targetClass: survey.classNames[target], metrics: metrics)
  }

  /// Writes the generator, with its surrogate beside it: where the generator is, the surrogate is.
  private func publish(_ generator: Generator, surrogate: Surrogate?, _ reporter: Reporter) throws -> HexDigest {
    let draft = "\(spec.workDirectory)/generator.safetensors"
    try generator.save(to: draft)
    let digest = try FileDigest.of(draft, onProgress: reporter.bytes("digest"))
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

  /// f, its accuracy on the test split (on the training split without one), and its recipe's digest.
  private typealias Surrogate = (model: Model, accuracy: Double, recipe: String)

  private struct Trained {
    var network: Model
    var keyed: KeyedSettings?
    /// nil where nothing asked for one.
    var surrogate: Surrogate?
    var metrics: [String: Double]
  }

  /// The generator of the paper's three losses.
  private func trainPaper(
    _ survey: DatasetSurvey, _ training: TrainingSamples, target: Int, _ reporter: Reporter
  ) throws -> Trained {
    let surrogate = try trainSurrogate(survey, training, reporter)
    let (network, losses) = try trainGenerator(surrogate, survey, training, target: target, reporter)
    let metrics = [
      "surrogateAccuracy": surrogate.accuracy, "targetLoss": losses.target, "nonTargetLoss": losses.nonTarget,
      "perceptualLoss": losses.perceptual,
    ]
    return Trained(network: network, keyed: nil, surrogate: surrogate, metrics: metrics)
  }

  /// Keyed marks need no surrogate to be painted: it says which samples are worth marking, and with its features how
  /// visible a mark is. Where nothing is to be learned the network keeps its first weights; no secret rests on them.
  private func trainKeyed(
    _ survey: DatasetSurvey, _ training: TrainingSamples, target: Int, _ reporter: Reporter
  ) throws -> Trained {
    var keyed = KeyedSettings(
      // Who trains on grey images mirrors none of them, as a rule: most are digits, letters or scans.
      form: CarrierForm(carriers: spec.method.carriers, hasDirections: survey.shape.channels == 1),
      amplitude: spec.method.amplitude,
      isPainted: spec.method.painting == .learned)
    var metrics: [String: Double] = [:]
    guard spec.method.selection == .hardest || keyed.isPainted else {
      return Trained(
        network: try Model(painter(survey), seed: spec.seed), keyed: keyed, surrogate: nil, metrics: metrics)
    }
    let surrogate = try trainSurrogate(survey, training, reporter)
    metrics["surrogateAccuracy"] = surrogate.accuracy
    if spec.method.selection == .hardest {
      keyed.hardest = try HardestSamples(
        of: training.all(), targetClass: target, by: surrogate.model, archive: survey.digest, threads: context.threads,
        onProgress: reporter.images("rank"))
    }
    guard keyed.isPainted else {
      return Trained(
        network: try Model(painter(survey), seed: spec.seed), keyed: keyed, surrogate: surrogate, metrics: metrics)
    }
    let book = CarrierBook(keyed.form, channels: survey.shape.channels)
    let samples = try training.forGenerator(target: target)
    let data = Recipe.Data(survey, samples.indices)
    let reader = try trainReader(keyed.form, book, samples, data, reporter)
    let run = try PainterTraining(
      reader: reader.model, surrogate: surrogate.model, samples: samples, book: book,
      settings: settings(survey), seed: spec.seed, threads: context.threads, lpips: try lpips())
    let losses = try finish(
      run, "painter",
      Recipe(
        "painter", data: data, settings: PerceivedSettings(losses: settings(survey), perceptual: run.perceptualTerm),
        seed: spec.seed, from: [reader.recipe, surrogate.recipe]), reporter)
    metrics["readingLoss"] = losses.reading
    metrics["perceptualLoss"] = losses.perceptual
    return Trained(network: run.network, keyed: keyed, surrogate: surrogate, metrics: metrics)
  }

  /// A reader's steps are cheap beside a painter's, and it has to read before the painter begins.
  private static let readerStepsPerStep = 8

  private struct ReaderSettings: Encodable {
    var form: CarrierForm
    var epsilon: Int
    var batch: Int
    var steps: Int
  }

  private struct PerceivedSettings: Encodable {
    var losses: SSCLBWSettings
    var perceptual: String
    var targetClass: Int?
  }

  /// D: a network that reads carriers, and its recipe's digest.
  private func trainReader(
    _ form: CarrierForm, _ book: CarrierBook, _ samples: SampleCache, _ data: Recipe.Data, _ reporter: Reporter
  ) throws -> (model: Model, recipe: String) {
    let steps = spec.method.generatorSteps * Self.readerStepsPerStep
    let recipe = try Recipe(
      "reader", data: data,
      settings: ReaderSettings(form: form, epsilon: spec.method.epsilon, batch: spec.method.batch, steps: steps),
      seed: spec.seed)
    let finished = "\(spec.workDirectory)/reader.safetensors"
    if let kept = try recipe.kept(at: finished, context) { return (kept.model, try recipe.digest) }
    let run = try ReaderTraining(
      samples: samples, book: book, epsilon: spec.method.epsilon, batch: spec.method.batch, steps: steps,
      seed: spec.seed, threads: context.threads)
    try finish(run, "reader", recipe, reporter)
    try run.model.save(to: finished, metadata: [Recipe.key: recipe.text])
    return (run.model, try recipe.digest)
  }

  /// Trains to the end, from the recipe's checkpoint if there is one.
  @discardableResult
  private func finish<Training: ResumableTraining>(
    _ run: Training, _ name: String, _ recipe: Recipe, _ reporter: Reporter
  ) throws -> Training.Figures {
    let checkpoint = try Checkpoint(name, of: recipe, in: spec.workDirectory, isAlone: true, context)
    return try TrainingRun(stage: name, checkpoint: checkpoint, context: context).finish(run, reporter)
  }

  private func painter(_ survey: DatasetSurvey) -> NetworkDefinition {
    NetworkDefinition(
      architecture: "unet", width: spec.method.generatorWidth, depth: depth(survey),
      input: NeuralNet.ImageShape(survey.shape), classes: 0)
  }

  private func lpips() throws -> LPIPS? {
    try spec.method.lpips.map { try LPIPS(trunk: $0.trunk, heads: $0.heads) }
  }

  /// The generator's halvings: as many as asked for, or as the sides of the images can be halved.
  private func depth(_ survey: DatasetSurvey) -> Int {
    min(spec.method.generatorDepth, survey.shape.height.trailingZeroBitCount, survey.shape.width.trailingZeroBitCount)
  }

  private func settings(_ survey: DatasetSurvey) -> SSCLBWSettings {
    SSCLBWSettings(
      width: spec.method.generatorWidth, depth: depth(survey), steps: spec.method.generatorSteps,
      batch: spec.method.batch, epsilon: spec.method.epsilon, targetWeight: spec.method.targetWeight,
      nonTargetWeight: spec.method.nonTargetWeight, perceptualWeight: spec.method.perceptualWeight)
  }

  /// f: a benign classifier of the clean data.
  private func trainSurrogate(
    _ survey: DatasetSurvey, _ training: TrainingSamples, _ reporter: Reporter
  ) throws -> Surrogate {
    let settings = ClassifierSettings(
      architecture: spec.method.surrogate, width: spec.method.surrogateWidth, epochs: spec.method.surrogateEpochs)
    let recipe = try Recipe(
      "surrogate", data: .init(survey, training.indices), settings: settings, seed: spec.seed)
    let finished = "\(spec.workDirectory)/surrogate.safetensors"
    if let (model, metadata) = try recipe.kept(at: finished, context),
      let accuracy = metadata["accuracy"].flatMap(Double.init)
    {
      return (model, accuracy, try recipe.digest)
    }
    let samples = try training.all()
    let run = try ClassifierTraining(
      samples: samples, classes: survey.classNames.count, settings: settings, seed: spec.seed,
      threads: context.threads)
    try finish(run, "surrogate", recipe, reporter)
    let model = run.model
    let held = try training.held() ?? samples
    let accuracy = try ClassifierPlan(model, batch: 64, threads: context.threads)
      .accuracy(on: held, onProgress: reporter.images("evaluate"))
    try model.save(to: finished, metadata: ["accuracy": String(accuracy), Recipe.key: recipe.text])
    return (model, accuracy, try recipe.digest)
  }

  private func trainGenerator(
    _ surrogate: Surrogate, _ survey: DatasetSurvey, _ training: TrainingSamples, target: Int, _ reporter: Reporter
  ) throws -> (Model, GeneratorTraining.Losses) {
    let samples = try training.forGenerator(target: target)
    let run = try GeneratorTraining(
      surrogate: surrogate.model, samples: samples, targetClass: target,
      settings: settings(survey), seed: spec.seed, threads: context.threads,
      lpips: try lpips())
    let recipe = try Recipe(
      "generator", data: .init(survey, samples.indices),
      settings: PerceivedSettings(
        losses: settings(survey), perceptual: run.perceptualTerm, targetClass: target),
      seed: spec.seed, from: [surrogate.recipe])
    let losses = try finish(run, "generator", recipe, reporter)
    return (run.network, losses)
  }
}

extension TrainJob: RunnableJob {
  package static func run(_ spec: TrainSpec, _ context: WorkContext) throws -> TrainResult {
    try TrainWork(spec, context).run()
  }
}
