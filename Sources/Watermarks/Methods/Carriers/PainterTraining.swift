package import Datasets
package import Foundations
package import Networks
import NeuralNet

/// Trains the U-Net that decides how strongly each value of a sample carries its mark.
///
/// L = CE(D(x + ε·m(x)·c), c) + γ·L_p(x, x + ε·m(x)·c): a reader D, which has learned to read and goes on learning, has to
/// say which carrier of the book it sees, and the perceptual distance is to stay small. What survives is where a network can
/// read a mark and an eye cannot. Carriers and their places are drawn anew for every sample of every step, so the painter
/// knows no key, and its strength is a function of the image alone: no carrier is treated better than another.
/// - Source: METHODS §7
package final class PainterTraining {
  private let plan: TrainingPlan
  private let batches: CarrierBatches
  private let settings: SSCLBWSettings

  /// The mean of a step's losses.
  package struct Losses: Sendable, Equatable {
    /// The reader's cross-entropy over the entries of the book, nats.
    package var reading: Double
    package var perceptual: Double
  }

  /// - Parameters:
  ///   - reader: D, as `ReaderTraining` leaves it, of the same part of the samples.
  ///   - surrogate: a classifier of the clean data, whose features measure the perceptual distance without LPIPS.
  ///   - samples: what the painter learns from.
  ///   - settings: ε, γ, batch, rate and steps; the weights of the paper's other two losses mean nothing here.
  /// - Throws: `NeuralNetError` if the shapes do not fit.
  package init(
    reader: Model, surrogate: Model, samples: SampleCache, part: ImageShape, book: CarrierBook,
    settings: SSCLBWSettings,
    seed: UInt64, threads: Int, lpips: LPIPS? = nil
  ) throws {
    batches = CarrierBatches(
      samples: samples, shape: part, book: book, size: settings.batch, seed: seed, stream: "painter step")
    self.settings = settings

    var graph = Graph(batch: settings.batch)
    let painter = try graph.use(
      Model(
        NetworkDefinition(
          architecture: "unet", width: settings.width, depth: settings.depth, input: part, classes: 0),
        seed: seed), named: "painter", frozen: false)
    let reader = try graph.use(reader, named: "reader", frozen: false)
    let x = graph.images("images", shape: part)
    let carrier = graph.images("carriers", shape: part)
    let marked = graph.perturb(
      x, along: carrier, by: graph.apply(painter, to: x).output, epsilon: Float(settings.epsilon) / 255)
    let reading = graph.crossEntropy(
      graph.apply(reader, to: marked).output, labels: "carrier", weights: "mean", name: "reading")
    let perceptual: Loss
    if let lpips {
      perceptual = try graph.lpips(lpips, marked, x, name: "perceptual")
    } else {
      let f = try graph.use(surrogate.reading(part), named: "surrogate", frozen: true)
      let (seen, clean) = (graph.apply(f, to: marked), graph.apply(f, to: x))
      perceptual = graph.featureDistance(seen.taps, clean.taps, name: "perceptual")
    }
    perceptualTerm = LPIPS.termName(lpips)
    plan = TrainingPlan(
      graph, minimising: [(reading, 1), (perceptual, Float(settings.perceptualWeight))],
      optimiser: .adam(), schedule: .cosine(rate: Float(settings.rate), steps: settings.steps), threads: threads)
    plan.setWeights("mean", [Float](repeating: 1 / Float(settings.batch), count: settings.batch))
  }

  /// What L_p is: "feature distance", or LPIPS with its trunk and the fingerprint of its weights.
  package let perceptualTerm: String
  package var stepsTaken: Int { plan.stepsTaken }
  package var totalSteps: Int { settings.steps }

  /// One Adam step of painter and reader together.
  package func step() -> Losses {
    let batch = batches.batch(ofStep: plan.stepsTaken)
    plan.setImages("images", batch.images.span)
    plan.setImages("carriers", batch.carriers.span)
    plan.setLabels("carrier", batch.entries)
    plan.step()
    return Losses(reading: plan.loss("reading"), perceptual: plan.loss("perceptual"))
  }

  /// The U-Net as it stands, for parts of samples.
  package var model: Model { plan.model("painter") }

  package func save(to path: String) throws {
    try plan.save(to: path, of: fingerprint)
  }

  /// Goes on from a checkpoint.
  /// - Throws: `WatermarkError.otherTraining` if the checkpoint was made with another seed, other settings or another
  ///   perceptual loss.
  package func restore(from path: String) throws {
    try plan.restore(from: path, of: fingerprint)
  }

  private var fingerprint: String {
    "painter after a reader, seed=\(batches.seed) book=\(batches.book.count) \(settings) \(perceptualTerm)"
  }
}

extension PainterTraining: ResumableTraining {
  package func metrics(_ figures: Losses) -> [String: Double] {
    ["readingLoss": figures.reading, "perceptualLoss": figures.perceptual]
  }
}

extension Preparation {
  /// Trains a network that reads carriers, and then the one that hides them from all but it.
  /// - Parameter form: what the book is made of, for the recipe.
  func painter(
    of book: CarrierBook, said form: some Encodable, against surrogate: Surrogate
  ) throws -> (model: Model, metrics: [String: Double], perceptualTerm: String) {
    let samples = try samples(dividedBy: target)
    let losses = settings.losses(for: survey.shape)
    let part = CarrierBatches.part(of: survey.shape)
    let seen = surrogate.model.definition.isSame(for: part) ? part : survey.shape
    let steps = losses.steps * ReaderSettings<Int>.stepsPerStep
    let reader = try model(
      "reader", on: samples,
      settings: ReaderSettings(form: form, epsilon: losses.epsilon, batch: losses.batch, steps: steps)
    ) {
      try ReaderTraining(
        samples: samples, part: seen, book: book, epsilon: losses.epsilon, batch: losses.batch, steps: steps,
        seed: seed,
        threads: threads)
    }
    let training = try PainterTraining(
      reader: reader.model, surrogate: surrogate.model, samples: samples, part: seen, book: book, settings: losses,
      seed: seed, threads: threads, lpips: try lpips())
    let figures = try finish(
      training, "painter", on: samples,
      settings: PerceivedSettings(losses: losses, perceptual: training.perceptualTerm),
      from: [reader.recipe, surrogate.recipe])
    return (try training.model.reading(survey.shape), training.metrics(figures), training.perceptualTerm)
  }
}

private struct ReaderSettings<Form: Encodable>: Encodable {
  var form: Form
  var epsilon: Int
  var batch: Int
  var steps: Int

  /// A reader's steps are cheap beside a painter's, and it has to read before the painter begins.
  static var stepsPerStep: Int { 8 }
}
