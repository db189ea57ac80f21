import Datasets
import NeuralNet
import Training
import Watermarks
import Work

/// Another owner of the same pictures, who marks the same samples of the same class by the paper's method: whose release
/// models of the Ind-W scenario are trained on where marks have no key that could be drawn anew.
///
/// Their generator is trained as ours was, by another seed and against a surrogate of their own. What the generator's file
/// does not tell is chosen here: they learn from all clean samples, and their perceptual loss is the feature distance.
/// - Source: SSCL-BW §IV-C
struct OtherOwner {
  /// Of our generator.
  let description: Generator.Description
  let marks: Set<Int>
  let store: ModelStore

  private struct Settings: Encodable {
    var targetClass: Int
    var losses: SSCLBWSettings
  }

  /// The clean samples as they release them.
  /// - Parameters:
  ///   - surrogate: a model of the clean data, and its recipe's digest.
  func release(of data: SimulatedData, against surrogate: (model: Model, recipe: String)) throws -> SampleCache {
    let recipe = try Recipe(
      "other-owner", data: .init(source: "clean of \(data.identity)", indices: data.clean.indices),
      settings: Settings(targetClass: description.targetClass, losses: description.settings),
      seed: description.seed ^ 1, from: [surrogate.recipe])
    let threads = store.context.threads
    let kept = try store.model("other-owner", recipe: recipe, stage: "other-owner") {
      try GeneratorTraining(
        surrogate: surrogate.model, samples: data.clean, targetClass: description.targetClass,
        settings: description.settings, seed: recipe.seed, threads: threads)
    } result: {
      $0.network
    }
    let plan = try GeneratorPlan(
      kept.model, epsilon: Float(description.epsilon) / 255, batch: 64, threads: threads)
    return data.clean.replacing(marks) { plan.mark($0, count: $1.count) }
  }
}
