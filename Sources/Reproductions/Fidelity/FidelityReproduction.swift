import Datasets
import Fidelity
package import Foundations
import Jobs
import Networks
import NeuralNet
import Training
import Watermarks
package import Work

/// `dandyroll reproduce fidelity`: what embedding triggers costs a model, by each loss, with and without FixLL, fine-tuned
/// and from scratch.
/// - Source: METHODS §4
package struct FidelityReproduction: Sendable {
  private let dataset: FidelityDataset
  private let data: PaperData
  private let scale: PaperScale
  private let settings: FidelitySettings
  private let directory: String
  private let seed: UInt64
  private let limits: InputLimits

  /// - Parameters:
  ///   - data: the archive; for MNIST the directory of its four files.
  ///   - isChecked: whether other data than the published is refused.
  ///   - settings: in place of the scale's own; for trying out.
  ///   - directory: where everything is kept; a reproduction that was stopped goes on from there.
  package init(
    of dataset: FidelityDataset, data: String, isChecked: Bool = true, scale: PaperScale,
    settings: FidelitySettings? = nil, directory: String, seed: UInt64, limits: InputLimits
  ) {
    self.dataset = dataset
    self.data = dataset.data(at: data, isChecked: isChecked)
    self.scale = scale
    self.settings = settings ?? scale.fidelitySettings(for: dataset)
    self.directory = directory
    self.seed = seed
    self.limits = limits
  }

  /// - Throws: `WorkError.otherData` for data that is not the paper's, `noLearner` for images that are too small, `inUse` for
  ///   a directory that another run works in; what training and reading throw.
  package func run(_ context: WorkContext) throws -> FidelityReport {
    let reporter = Reporter(context)
    try data.check(onProgress: reporter.bytes("digest"))
    try DurableFile(directory).createDirectory()
    let lock = try DirectoryLock(directory)
    defer { withExtendedLifetime(lock) {} }
    let survey = try DatasetSurvey(
      file: data.archive(in: directory), limits: limits, onProgress: reporter.bytes("survey"))
    guard try settings.model.fits(survey) else { throw WorkError.noLearner(archive: survey.file, [settings.model]) }
    let training = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: seed, onProgress: reporter.bytes("read"))
    let samples = try training.some(
      RandomStream.draw(
        settings.samples ?? .max, of: training.indices, seed: seed, purpose: "fidelity samples"))
    let workshop = Workshop(
      settings: settings, survey: survey, samples: samples, held: try training.heldOrAll(), seed: seed,
      directory: directory, context: context, reporter: reporter)
    var rows = try workshop.rows()
    rows[0].paperAccuracy = dataset.paperAccuracy
    return FidelityReport(
      dataset: dataset, scale: scale, archive: survey.digest, trainingSamples: samples.count,
      images: workshop.held.count, settings: settings, seed: seed, rows: rows)
  }
}

/// Trains hosts and marked models, each once: they and their rows are kept under their recipes.
private struct Workshop {
  let settings: FidelitySettings
  let survey: DatasetSurvey
  let samples: SampleCache
  let held: SampleCache
  let seed: UInt64
  let directory: String
  let context: WorkContext
  let reporter: Reporter

  private var store: ModelStore {
    let models = "\(directory)/models"
    return ModelStore(directory: models, checkpoints: models, context: context, reporter: reporter)
  }

  private struct HostSettings: Codable {
    var definition: NetworkDefinition
    var epochs: Int
    var rate: Double
  }

  /// The host's, then one for each way to embed.
  func rows() throws -> [FidelityReport.Row] {
    let definition = NetworkDefinition(
      architecture: settings.model.architecture, width: settings.model.width, input: survey.shape,
      classes: survey.classNames.count,
      form: NetworkDefinition.usualForm(of: settings.model.architecture, for: survey.shape))
    let recipe = try Recipe(
      "deep-fidelity-host", data: .init(survey, samples.indices),
      settings: HostSettings(definition: definition, epochs: settings.hostEpochs, rate: settings.rate), seed: seed)
    let host = try store.model("host", recipe: recipe, stage: "host") {
      try EmbeddingTraining(
        host: definition, samples: samples, epochs: settings.hostEpochs, rate: settings.rate, seed: seed,
        threads: context.threads)
    }.model
    // Nobody publishes these models, and everybody can make them again.
    let triggers = TriggerSet(
      published: HexDigest(of: Array("dandyroll experiment \(seed)".utf8)), count: settings.triggers,
      shape: survey.shape, classes: definition.classes)
    let trial = try FidelityTrial(
      host: host, samples: held, triggers: triggers, threads: context.threads,
      onProgress: reporter.images("ask the host"))
    let first = FidelityReport.Row(figures: try trial.hostFigures())
    return try [first]
      + [false, true].flatMap { isFromScratch in
        try settings.losses.flatMap { loss in
          try [false, true].map { fixesLastLayer in
            try row(
              .init(loss: loss, fixesLastLayer: fixesLastLayer, isFromScratch: isFromScratch), host, recipe, triggers,
              trial)
          }
        }
      }
  }

  private func row(
    _ embedding: FidelityReport.Embedding, _ host: Model, _ hostRecipe: Recipe, _ triggers: TriggerSet,
    _ trial: FidelityTrial
  ) throws -> FidelityReport.Row {
    try context.checkStop()
    var training = EmbeddingSettings(
      loss: embedding.loss, fixesLastLayer: embedding.fixesLastLayer, isFromScratch: embedding.isFromScratch)
    training.epochs = settings.epochs
    training.rate = settings.rate
    let recipe = try Recipe(
      "deep-fidelity", data: .init(survey, samples.indices), settings: training, seed: seed,
      from: [hostRecipe.digest, triggers.digest.description])
    // A row is of one recipe and of the images that are held out, which are the archive's.
    let cell = "\(embedding.name)-\(try recipe.digest.prefix(16))"
    let rows = try ReproductionCells(directory: "\(directory)/cells/fidelity").rows(cell) {
      let model = try store.model(embedding.name, recipe: recipe, stage: embedding.name) {
        try EmbeddingTraining(
          of: host, samples: samples, triggers: triggers, settings: training, seed: seed, threads: context.threads,
          onProgress: reporter.images("ask the host"))
      }.model
      return [
        FidelityReport.Row(
          embedding: embedding, figures: try trial.figures(of: model, onProgress: reporter.images("evaluate")))
      ]
    }
    guard let row = rows.first, rows.count == 1 else {
      throw WorkError.malformed(
        path: "\(directory)/cells/fidelity/\(cell).json", reason: "no row; remove it to measure it again")
    }
    return row
  }
}
