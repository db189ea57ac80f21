import Datasets
import Evidence
import NeuralNet
import Watermarks

/// What an attack works on: the suspect's model, clean data, and the trial that judges what comes of it.
struct AttackSubject {
  let model: Model
  let survey: DatasetSurvey
  let trial: ModelTrial
  let seed: UInt64
  let limits: Limits
  let context: WorkContext
  let reporter: Reporter

  /// A share of the clean training split, drawn by the seed: at least one image, and no more than the cache may hold.
  func benign(share: Double) throws -> SampleCache {
    let split = survey.indices(in: .train)
    let count = min(max(1, Int((Double(split.count) * share).rounded())), limits.cacheBytes / survey.shape.bytes)
    let chosen = Set(RandomStream.draw(count, of: split, seed: seed, purpose: "attacker's samples"))
    return try SampleCache(
      survey, limits: limits, choose: { chosen.contains($0) }, onProgress: reporter.bytes("read"))
  }

  /// Images of any archive in the model's input size.
  /// - Throws: `WorkError.otherShape` if they have other channels.
  func transferSet(_ path: String) throws -> SampleCache {
    let survey = try DatasetSurvey(file: path, limits: limits, onProgress: reporter.bytes("survey"))
    let wanted = self.survey.shape
    guard survey.shape.channels == wanted.channels else {
      throw WorkError.otherShape(
        file: "the model", expects: "\(wanted) images", archive: path, found: "\(survey.shape) images")
    }
    let capacity = limits.cacheBytes / max(survey.shape.bytes, wanted.bytes)
    let chosen = Set(RandomStream.draw(capacity, of: Array(0..<survey.count), seed: seed, purpose: "transfer images"))
    let images = try SampleCache(
      survey, limits: limits, choose: { chosen.contains($0) }, onProgress: reporter.bytes("read"))
    guard survey.shape != wanted else { return images }
    let resampling = ImageResampling(from: survey.shape, height: wanted.height, width: wanted.width)
    return images.reshaped(to: wanted) { resampling($0, count: $1) }
  }

  /// How a model of the suspect's own kind is trained.
  func training(epochs: Int, augments: Bool) -> ClassifierSettings {
    let own = model.definition
    return ClassifierSettings(
      architecture: own.architecture, width: own.width, epochs: epochs, augments: augments, form: own.form)
  }
}
