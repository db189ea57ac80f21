import Datasets
import Evidence
import Foundations
import Jobs
import Networks

extension Preparation {
  /// Marks by gradient matching.
  /// - Parameter target: t, whose samples are changed; nil changes samples of all classes, and makes no claim of a class.
  func matched(
    epsilon: MethodSetting<Int>, share: MethodSetting<Double>, target: Int?, entropyWeight: Double
  ) throws -> Prepared {
    let side = settings[PoisonSettings.sourcePatch]
    try require(side: side, for: "a patch of \(side)×\(side) pixels")
    let cache = try samples()
    let candidates = markable(cache, label: target)
    let count = Int((settings[share] * Double(survey.indices(in: .train).count) + 1e-9).rounded(.down))
    try require(count, of: candidates.count, setting: share.key, label: target)
    let surrogate = try surrogate()
    let chosen = try PoisonSelection.largestGradients(
      count, of: candidates, in: cache, by: surrogate.model, threads: threads, onProgress: report("select"))
    let matching = PoisonTrainingSettings(
      epsilon: settings[epsilon], steps: settings[PoisonSettings.matchSteps],
      batch: settings[PoisonSettings.matchBatch], retrainEvery: settings[PoisonSettings.retrainEvery],
      retraining: ClassifierSettings(
        architecture: settings[SharedSettings.surrogate], width: settings[SharedSettings.surrogateWidth],
        epochs: settings[PoisonSettings.retrainEpochs]),
      sources: settings[PoisonSettings.sources], target: target, entropyWeight: entropyWeight, seed: seed)
    let training = try PoisonTraining(
      PoisonState(cache, at: chosen), in: cache, trigger: .drawn(side, seed: seed, on: survey.shape),
      against: surrogate.model, settings: matching, threads: threads)
    _ = try finish(training, "poisons", on: cache, settings: matching, from: [surrogate.recipe])
    return Prepared(
      self, target: target, training.state, surrogate: surrogate, metrics: ["matchingLoss": training.writtenLoss()])
  }
}

extension PoisonWatermark {
  /// Reads back what gradient matching has made.
  /// - Throws: `WatermarkError.notAGenerator`.
  init(
    matched content: Generator.Content, of method: MethodDeclaration, epsilon: MethodSetting<Int>, isTargeted: Bool
  ) throws {
    let (description, changes) = try PoisonDescription.read(
      content, of: method, epsilon: epsilon, isTargeted: isTargeted)
    let side = description.settings[PoisonSettings.sourcePatch]
    guard side <= content.input.shorterSide else { throw content.fault("the patch is larger than the images") }
    self.init(
      claim: description.targetClass.map(Claim.targeted) ?? .untargeted, budget: .linf(description.settings[epsilon]),
      archive: description.archive, changes: changes,
      trigger: .drawn(side, seed: description.seed, on: content.input), showsTrigger: false)
  }
}
