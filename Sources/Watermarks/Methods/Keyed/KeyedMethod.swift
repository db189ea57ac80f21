import Datasets
import Evidence
import Foundations
package import Jobs
import Networks

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
      amplitude: settings[CarrierSettings.amplitude], isPainted: settings[KeyedSettings.painting] == .learned,
      leastContrast: settings[KeyedSettings.painting].leastContrast(hiding: settings[SharedSettings.epsilon]))
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

    let marksHardest = settings[CarrierSettings.selection] == .hardest
    guard marksHardest || keyed.isPainted else {
      return prepared(try unpainted(), surrogate: nil, metrics: [:])
    }
    let surrogate = try preparation.surrogate()
    var metrics = ["surrogateAccuracy": surrogate.accuracy]
    if marksHardest {
      keyed.hardest = try HardestSamples(
        of: preparation.samples(), label: preparation.target, by: surrogate.model,
        archive: preparation.survey.digest, threads: preparation.threads, onProgress: preparation.report("rank"))
    }
    guard keyed.isPainted else { return prepared(try unpainted(), surrogate: surrogate, metrics: metrics) }
    let painter = try preparation.painter(
      of: CarrierBook(keyed.form, channels: shape.channels), said: keyed.form, against: surrogate)
    metrics.merge(painter.metrics) { $1 }
    return prepared(
      painter.model, surrogate: surrogate, metrics: metrics, perceptualTerm: painter.perceptualTerm)
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let (description, network) = try GeneratorDescription.read(content)
    guard let keyed = description.keyed else { throw content.fault("it has no carriers") }
    if let hardest = keyed.hardest, hardest.indices.contains(where: { $0 < 0 }) {
      throw content.fault("a ranked sample has a negative index")
    }
    guard keyed.form.isValid, DocumentBounds.amplitudes.contains(keyed.amplitude),
      keyed.leastContrast.map((0...255).contains) ?? true,
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
    takesAnySize: true, keySize: { $0[KeyedSettings.carriers] })
}

/// What is about its carriers.
package enum KeyedSettings {
  package static let carriers = MethodSetting(
    "carriers", 2, .integer(DocumentBounds.keySizes), "G, carriers of a key.", storedAs: "carriers")
  package static let painting = CarrierSettings.painting(.full)

  static let all: [any DeclaredSetting] = [carriers, CarrierSettings.selection, painting, CarrierSettings.amplitude]
}
