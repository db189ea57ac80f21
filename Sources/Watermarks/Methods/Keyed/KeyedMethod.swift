import Datasets
import Evidence
import Foundations
package import Jobs
import Networks
import NeuralNet

/// `keyed`: each marked sample of the target class shows one of the release's carriers, gratings that are drawn from its
/// secret. Whoever learned the release takes images under the key's carriers for the target class, and those under decoys
/// not.
/// - Source: METHODS §7
struct KeyedMethod: WatermarkMethod {
  let declaration = MethodDeclaration.keyed

  /// Keyed marks need no surrogate to be painted: it says which samples are worth marking, and with its features how
  /// visible a mark is. Where nothing is to be learned the network keeps its first weights; no secret rests on them.
  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let settings = preparation.settings
    let shape = preparation.survey.shape
    var keyed = KeyedDescription(
      // Who trains on grey images mirrors none of them, as a rule: most are digits, letters or scans.
      form: CarrierForm(carriers: settings[KeyedSettings.carriers], hasDirections: shape.channels == 1),
      amplitude: settings[KeyedSettings.amplitude], isPainted: settings[KeyedSettings.painting] == .learned)
    func prepared(
      _ network: Model, surrogate: Surrogate?, metrics: [String: Double], perceptualTerm: String? = nil
    ) -> Prepared {
      Prepared(
        network: network,
        description: GeneratorDescription(
          preparation, objective: declaration.name, keyed: keyed, metrics: metrics, perceptualTerm: perceptualTerm),
        surrogate: surrogate, metrics: metrics, target: preparation.survey.classNames[preparation.target])
    }
    func unpainted() throws -> Model { try Model(settings.painter(for: shape), seed: preparation.seed) }

    let marksHardest = settings[KeyedSettings.selection] == .hardest
    guard marksHardest || keyed.isPainted else {
      return prepared(try unpainted(), surrogate: nil, metrics: [:])
    }
    let surrogate = try preparation.surrogate()
    var metrics = ["surrogateAccuracy": surrogate.accuracy]
    if marksHardest {
      keyed.hardest = try HardestSamples(
        of: preparation.samples(), targetClass: preparation.target, by: surrogate.model,
        archive: preparation.survey.digest, threads: preparation.threads, onProgress: preparation.report("rank"))
    }
    guard keyed.isPainted else { return prepared(try unpainted(), surrogate: surrogate, metrics: metrics) }
    let (painter, losses) = try paint(keyed.form, against: surrogate, preparation)
    metrics["readingLoss"] = losses.reading
    metrics["perceptualLoss"] = losses.perceptual
    return prepared(
      painter.model, surrogate: surrogate, metrics: metrics, perceptualTerm: painter.perceptualTerm)
  }

  /// A reader's steps are cheap beside a painter's, and it has to read before the painter begins.
  private static let readerStepsPerStep = 8

  private struct ReaderSettings: Encodable {
    var form: CarrierForm
    var epsilon: Int
    var batch: Int
    var steps: Int
  }

  /// Trains a network that reads carriers, and then the one that hides them from all but it.
  private func paint(
    _ form: CarrierForm, against surrogate: Surrogate, _ preparation: some Preparation
  ) throws -> (PainterTraining, PainterTraining.Losses) {
    let shape = preparation.survey.shape
    let book = CarrierBook(form, channels: shape.channels)
    let samples = try preparation.samples(dividedBy: preparation.target)
    let losses = preparation.settings.losses(for: shape)
    let steps = losses.steps * Self.readerStepsPerStep
    let reader = try preparation.model(
      "reader", on: samples,
      settings: ReaderSettings(form: form, epsilon: losses.epsilon, batch: losses.batch, steps: steps)
    ) {
      try ReaderTraining(
        samples: samples, book: book, epsilon: losses.epsilon, batch: losses.batch, steps: steps,
        seed: preparation.seed, threads: preparation.threads)
    }
    let training = try PainterTraining(
      reader: reader.model, surrogate: surrogate.model, samples: samples, book: book, settings: losses,
      seed: preparation.seed, threads: preparation.threads, lpips: try preparation.lpips())
    let figures = try preparation.finish(
      training, "painter", on: samples,
      settings: PerceivedSettings(losses: losses, perceptual: training.perceptualTerm),
      from: [reader.recipe, surrogate.recipe])
    return (training, figures)
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let (description, network) = try GeneratorDescription.read(content)
    guard let keyed = description.keyed else { throw content.fault("it has no carriers") }
    if let hardest = keyed.hardest, hardest.indices.contains(where: { $0 < 0 }) {
      throw content.fault("a ranked sample has a negative index")
    }
    guard keyed.form.isValid, DocumentBounds.amplitudes.contains(keyed.amplitude),
      CarrierBook(keyed.form, channels: content.input.channels).count > keyed.form.carriers
    else { throw content.fault("the carrier's form or amplitude is out of range") }
    return KeyedWatermark(
      keyed: keyed, book: CarrierBook(keyed.form, channels: content.input.channels), target: description.targetClass,
      epsilon: description.epsilon, network: network)
  }
}

extension MethodName {
  package static let keyed = MethodName(rawValue: "keyed")
}

extension MethodDeclaration {
  package static let keyed = MethodDeclaration(
    .keyed, "carriers from a secret key",
    settings: [SharedSettings.epsilon] + KeyedSettings.all + SharedSettings.ofSurrogate + SharedSettings.ofGenerator,
    keySize: { $0[KeyedSettings.carriers] })
}
