import Datasets
import Evidence
import Foundation
package import Jobs
import NeuralNet
import Watermarks

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
    let training = try TrainingSamples(survey, limits: limits, sampleShare: spec.method.sampleShare, seed: spec.seed)

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
    let digest = try publish(generator, surrogate: trained.surrogate)
    return TrainResult(
      generator: spec.generator, generatorDigest: digest.description,
      surrogate: trained.surrogate.map { _ in KeptSurrogate.path(beside: spec.generator) },
      targetClass: survey.classNames[target], metrics: metrics)
  }

  /// Writes the generator, with its surrogate beside it: where the generator is, the surrogate is.
  private func publish(_ generator: Generator, surrogate: Surrogate?) throws -> HexDigest {
    let draft = "\(spec.workDirectory)/generator.safetensors"
    try generator.save(to: draft)
    let digest = try BagIt.digest(of: draft)
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

  /// f, and its accuracy on the test split (on the training split without one).
  private typealias Surrogate = (model: Model, accuracy: Double)

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
    let (network, losses) = try trainGenerator(surrogate.model, survey, training, target: target, reporter)
    let metrics = [
      "surrogateAccuracy": surrogate.accuracy, "targetLoss": losses.target, "nonTargetLoss": losses.nonTarget,
      "perceptualLoss": losses.perceptual,
    ]
    return Trained(network: network, keyed: nil, surrogate: surrogate, metrics: metrics)
  }

  /// Keyed marks need no surrogate to be painted: it says which samples are worth marking, and with its features how
  /// visible a mark is. Where nothing is to be learned the network keeps its first weights: they make the file's digest,
  /// from which the keys are drawn, as secret as trained ones would.
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
        of: training.all(), targetClass: target, by: surrogate.model, archive: survey.digest, threads: context.threads)
    }
    guard keyed.isPainted else {
      return Trained(
        network: try Model(painter(survey), seed: spec.seed), keyed: keyed, surrogate: surrogate, metrics: metrics)
    }
    let book = CarrierBook(keyed.form, channels: survey.shape.channels)
    let samples = try training.forGenerator(target: target)
    let run = try PainterTraining(
      reader: try trainReader(book, samples, reporter), surrogate: surrogate.model, samples: samples, book: book,
      settings: settings(survey), seed: spec.seed, threads: context.threads, lpips: try lpips())
    let losses = try TrainingRun(
      stage: "painter", checkpoint: "\(spec.workDirectory)/painter.training", context: context
    ).finish(run, reporter)
    metrics["readingLoss"] = losses.reading
    metrics["perceptualLoss"] = losses.perceptual
    return Trained(network: run.network, keyed: keyed, surrogate: surrogate, metrics: metrics)
  }

  /// A reader's steps are cheap beside a painter's, and it has to read before the painter begins.
  private static let readerStepsPerStep = 8

  /// D: a network that reads carriers.
  private func trainReader(_ book: CarrierBook, _ samples: SampleCache, _ reporter: Reporter) throws -> Model {
    let finished = "\(spec.workDirectory)/reader.safetensors"
    if let model = try? Model(contentsOf: finished) { return model }
    let run = try ReaderTraining(
      samples: samples, book: book, epsilon: spec.method.epsilon, batch: spec.method.batch,
      steps: spec.method.generatorSteps * Self.readerStepsPerStep, seed: spec.seed, threads: context.threads)
    try TrainingRun(stage: "reader", checkpoint: "\(spec.workDirectory)/reader.training", context: context)
      .finish(run, reporter)
    try run.model.save(to: finished, metadata: [:])
    return run.model
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
    let finished = "\(spec.workDirectory)/surrogate.safetensors"
    if let model = try? Model(contentsOf: finished),
      let accuracy = try Model.metadata(of: finished)["accuracy"].flatMap(Double.init)
    {
      return (model, accuracy)
    }
    let samples = try training.all()
    let run = try ClassifierTraining(
      samples: samples, classes: survey.classNames.count,
      settings: ClassifierSettings(
        architecture: spec.method.surrogate, width: spec.method.surrogateWidth, epochs: spec.method.surrogateEpochs),
      seed: spec.seed, threads: context.threads)
    try TrainingRun(stage: "surrogate", checkpoint: "\(spec.workDirectory)/surrogate.training", context: context)
      .finish(run, reporter)
    let model = run.model
    let held = try training.held() ?? samples
    let accuracy = try ClassifierPlan(model, batch: 64, threads: context.threads).accuracy(on: held)
    try model.save(to: finished, metadata: ["accuracy": String(accuracy)])
    return (model, accuracy)
  }

  private func trainGenerator(
    _ surrogate: Model, _ survey: DatasetSurvey, _ training: TrainingSamples, target: Int, _ reporter: Reporter
  ) throws -> (Model, GeneratorTraining.Losses) {
    let run = try GeneratorTraining(
      surrogate: surrogate, samples: try training.forGenerator(target: target), targetClass: target,
      settings: settings(survey), seed: spec.seed, threads: context.threads,
      lpips: try lpips())
    let losses = try TrainingRun(
      stage: "generator", checkpoint: "\(spec.workDirectory)/generator.training", context: context
    ).finish(run, reporter)
    return (run.network, losses)
  }
}
