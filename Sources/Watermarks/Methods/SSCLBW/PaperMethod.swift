import Datasets
import Evidence
import Foundations
package import Jobs
import Networks

/// `paper`: the three losses of SSCL-BW as published. A U-Net paints marks that move models that learned the release, and
/// their surrogate, towards the target class; it is the same in every release, so there is no key.
/// - Source: SSCL-BW §III-B1, eqs. 3–6; METHODS §1
struct PaperMethod: WatermarkMethod {
  let declaration = MethodDeclaration.paper

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let target = preparation.target
    let settings = preparation.settings.losses(for: preparation.survey.shape)
    let surrogate = try preparation.surrogate()
    let samples = try preparation.samples(dividedBy: target)
    let training = try GeneratorTraining(
      surrogate: surrogate.model, samples: samples, targetClass: target, settings: settings, seed: preparation.seed,
      threads: preparation.threads, lpips: try preparation.lpips())
    let losses = try preparation.finish(
      training, "generator", on: samples,
      settings: PerceivedSettings(losses: settings, perceptual: training.perceptualTerm, targetClass: target),
      from: [surrogate.recipe])
    let metrics = [
      "surrogateAccuracy": surrogate.accuracy, "targetLoss": losses.target, "nonTargetLoss": losses.nonTarget,
      "perceptualLoss": losses.perceptual,
    ]
    return Prepared(
      network: training.model,
      description: GeneratorDescription(
        preparation, objective: declaration.name, metrics: metrics, perceptualTerm: training.perceptualTerm),
      surrogate: surrogate, metrics: metrics, target: preparation.survey.classNames[target])
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let (description, network) = try GeneratorDescription.read(content)
    return PaperWatermark(description: description, network: network)
  }
}

/// G(x) = round8(clip(x + ε·tanh(U(x)), 0, 1)).
private struct PaperWatermark: Watermark {
  let description: GeneratorDescription
  let network: Model

  var budget: ChangeBudget { .linf(description.epsilon) }

  func candidates(in survey: DatasetSurvey) -> [Int] { survey.indices(in: .train, label: description.targetClass) }

  func plan(_ request: ReleaseRequest) -> ReleasePlan {
    ReleasePlan(claim: .targeted(at: description.targetClass), drawing: request)
  }

  func key(of claim: Claim) -> KeySpace? { nil }

  func marker(
    _ secret: ReleaseSecret, of claim: Claim, amplitude: Int, batch: Int, threads: Int
  ) throws -> any SampleMarker {
    precondition(amplitude == 1, "the paper's marks have one amplitude")
    return try marker(network, batch: batch, threads: threads)
  }

  private func marker(_ network: Model, batch: Int, threads: Int) throws -> any SampleMarker {
    let epsilon = Float(description.epsilon) / 255
    return PaperMarker(
      shape: network.definition.input,
      plan: try GeneratorPlan(network, epsilon: epsilon, batch: batch, threads: threads),
      changes: .changes(by: network, epsilon: epsilon, batch: batch, threads: threads))
  }

  private struct OtherSettings: Encodable {
    var targetClass: Int
    var losses: SSCLBWSettings
  }

  /// They mark the same samples of the same class. What the generator's file does not tell is chosen here: they learn from
  /// all clean samples, and their perceptual loss is the feature distance.
  var otherOwner: OtherOwnersTraining? {
    let (description, seed) = (description, description.seed ^ 1)
    return OtherOwnersTraining(
      settings: OtherSettings(targetClass: description.targetClass, losses: description.settings), seed: seed
    ) { surrogate, samples, threads in
      try GeneratorTraining(
        surrogate: surrogate, samples: samples, targetClass: description.targetClass, settings: description.settings,
        seed: seed, threads: threads)
    } marker: {
      try marker($0, batch: 64, threads: $1)
    }
  }
}

private struct PaperMarker: SampleMarker {
  /// Of what the generator has learned from.
  let shape: ImageShape
  let plan: GeneratorPlan
  let changes: ScaledPlan

  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8] {
    plan.mark(pixels, count: samples.count)
  }

  /// A picture of another size gets the change that it gets at the size that the generator has learned, enlarged.
  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8] {
    if batch.shapes.allSatisfy({ $0 == shape }) { return plan.mark(pixels, count: batch.count) }
    return zip(pixels, try changes(pixels, batch)).map { UInt8(clamping: Int($0) + Int($1) - 128) }
  }
}

extension MethodName {
  package static let paper = MethodName(rawValue: "paper")
}

extension MethodDeclaration {
  package static let paper = MethodDeclaration(
    .paper, "the published losses of SSCL-BW",
    settings: [SharedSettings.epsilon] + SharedSettings.ofSurrogate + SharedSettings.ofGenerator,
    ignoring: KeyedSettings.all, takesAnySize: true)
}
