import Datasets
import Evidence
import Foundations
import Jobs
import Networks
import NeuralNet
import Releases
import Training
import Trials
import Watermarks
import Work

/// What an attack works on: the suspect's model, clean data, and the trial that judges what comes of it.
struct AttackSubject {
  let model: Model
  let file: String
  /// SHA-256 of it.
  let digest: HexDigest
  let survey: DatasetSurvey
  let trial: ModelTrial
  let seed: UInt64
  let limits: InputLimits
  let context: WorkContext
  let reporter: Reporter
  /// Where the models that come of it are kept.
  let store: ModelStore

  /// Everything that decides the models of an attack.
  /// - Parameters:
  ///   - images: what the attacker trains on.
  ///   - archive: of a transfer set; nil for the clean data.
  func recipe(
    _ name: String, of attack: some Encodable, images: SampleCache, of archive: HexDigest? = nil
  ) throws -> Recipe {
    try Recipe(
      name, data: .init(source: (archive ?? survey.digest).description, indices: images.indices),
      settings: attack, seed: seed, from: [digest.description])
  }

  /// A share of the clean training split, drawn by the seed: at least one image, and no more than the cache may hold.
  func benign(share: Double) throws -> SampleCache {
    let split = survey.indices(in: .train)
    let count = min(max(1, Int((Double(split.count) * share).rounded())), limits.cacheBytes / survey.shape.bytes)
    let chosen = Set(RandomStream.draw(count, of: split, seed: seed, purpose: "attacker's samples"))
    return try SampleCache(
      survey, limits: limits, choose: { chosen.contains($0) }, onProgress: reporter.bytes("read"))
  }

  /// The training images of any archive in the model's input size: what is held out of it, students are judged by.
  /// - Throws: `WorkError.otherShape` if they have other channels.
  func transferSet(_ path: String) throws -> (images: SampleCache, archive: HexDigest) {
    var survey = try DatasetSurvey(file: path, limits: limits, onProgress: reporter.bytes("survey"))
    let wanted = self.survey.shape
    guard survey.shape.channels == wanted.channels else {
      throw WorkError.otherShape(
        file: file, expects: "images of \(wanted.channels) channels", archive: path,
        found: "images of \(survey.shape.channels)")
    }
    // Images of one size are scaled both ways once they are here.
    if survey.geometry.shape == nil { survey = survey.seen(as: wanted, resized: true) ?? survey }
    let split = survey.indices(in: .train)
    let capacity = limits.cacheBytes / max(survey.shape.bytes, wanted.bytes)
    let chosen = Set(RandomStream.draw(capacity, of: split, seed: seed, purpose: "transfer images"))
    let images = try SampleCache(
      survey, limits: limits, choose: { chosen.contains($0) }, onProgress: reporter.bytes("read"))
    guard survey.shape != wanted else { return (images, survey.digest) }
    let resampling = ImageResampling(from: survey.shape, height: wanted.height, width: wanted.width)
    return (images.reshaped(to: wanted) { resampling($0, count: $1) }, survey.digest)
  }
}
