import Evidence
import Foundations
package import Jobs

/// `label-consistent`: samples of the target class are moved away from what they show, by PGD against the surrogate, and
/// then show squares in their corners: what is easiest to learn of them. Labels stay as they are.
/// - Source: Turner et al., "Label-Consistent Backdoor Attacks", 2019, §4; METHODS §2
struct LabelConsistentMethod: WatermarkMethod {
  let declaration = MethodDeclaration(
    .labelConsistent, "adversarial samples of one class with squares in their corners",
    settings: [
      SharedSettings.epsilon, PoisonSettings.classShare, PoisonSettings.attackStep, PoisonSettings.attackSteps,
      PoisonSettings.cornerSize, PoisonSettings.cornerColours,
    ] + SharedSettings.ofSurrogate, rate: .all)

  func prepare(_ preparation: some Preparation) throws -> Prepared {
    let (settings, target) = (preparation.settings, preparation.target)
    let side = settings[PoisonSettings.cornerSize]
    try preparation.require(side: 2 * side, for: "squares of \(side)×\(side) pixels in four corners")
    let cache = try preparation.samples()
    let candidates = preparation.markable(cache, label: target)
    let count = Int((settings[PoisonSettings.classShare] * Double(candidates.count) + 1e-9).rounded(.down))
    try preparation.require(count, of: candidates.count, setting: PoisonSettings.classShare.key, label: target)
    let chosen = PoisonSelection.drawn(count, of: candidates, seed: preparation.seed)
    let surrogate = try preparation.surrogate()
    let attack = AdversarialSettings(
      epsilon: settings[SharedSettings.epsilon], step: settings[PoisonSettings.attackStep],
      steps: settings[PoisonSettings.attackSteps])
    let training = try AdversarialTraining(
      PoisonState(cache, at: chosen), against: surrogate.model, settings: attack, threads: preparation.threads)
    if attack.steps > 0 {
      _ = try preparation.finish(
        training, "adversarial", on: cache, settings: RecipeSettings(attack: attack, samples: training.state.samples),
        from: [surrogate.recipe])
    }
    return Prepared(preparation, target: target, training.state, surrogate: surrogate, metrics: [:])
  }

  private struct RecipeSettings: Encodable {
    var attack: AdversarialSettings
    var samples: [Int]
  }

  func watermark(_ content: Generator.Content) throws -> any Watermark {
    let (description, changes) = try PoisonDescription.read(content, of: declaration, isTargeted: true)
    let side = description.settings[PoisonSettings.cornerSize]
    guard let target = description.targetClass, 2 * side <= content.input.shorterSide else {
      throw content.fault("the corners are larger than the images")
    }
    let isWhite = description.settings[PoisonSettings.cornerColours] == .white
    return PoisonWatermark(
      claim: .targeted(at: target),
      budget: ChangeBudget(largestChange: description.settings[SharedSettings.epsilon], openCorners: side),
      archive: description.archive, changes: changes,
      trigger: .corners(side, isWhite: isWhite, on: content.input), showsTrigger: true)
  }
}

extension MethodName {
  package static let labelConsistent = MethodName(rawValue: "label-consistent")
}
