import Datasets
import Networks
import Training
import Watermarks
import Work

/// Another owner of the same pictures, who marks the same samples by a generator of their own: whose release models of the
/// Ind-W scenario are trained on where marks have no key that could be drawn anew.
/// - Source: SSCL-BW §IV-C
struct OtherOwner {
  let training: OtherOwnersTraining
  let marks: Set<Int>
  let store: ModelStore

  /// The clean samples as they release them.
  /// - Parameters:
  ///   - surrogate: a model of the clean data, and its recipe's digest.
  func release(of data: SimulatedData, against surrogate: (model: Model, recipe: String)) throws -> SampleCache {
    let recipe = try Recipe(
      "other-owner", data: .init(source: "clean of \(data.identity)", indices: data.clean.indices),
      settings: training.settings, seed: training.seed, from: [surrogate.recipe])
    let threads = store.context.threads
    let kept = try store.model("other-owner", recipe: recipe, stage: "other-owner") {
      try training.training(surrogate.model, data.clean, threads)
    }
    let marker = try training.marker(kept.model, threads)
    return try data.clean.replacing(marks) { try marker.mark($0, $1) }
  }
}
