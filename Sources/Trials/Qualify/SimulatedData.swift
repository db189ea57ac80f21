import Archives
import Datasets
import Evidence
import Foundations
import NeuralNet
import Releases
import Watermarks
import Work

/// What simulated users train on: the released samples, the same without their marks, and the same under another key.
///
/// The released ones are decoded from the archived bytes. Without the original archive the clean ones are the release's
/// unmarked samples only; another owner's marks need the original.
struct SimulatedData {
  let released: SampleCache
  let clean: SampleCache
  let otherOwner: SampleCache?
  /// The held-out split, and the verification samples in it.
  let held: SampleCache
  let verification: SampleCache
  /// Tells the data of one release and original from any other.
  let identity: String

  /// The samples that models learn from, ascending: as many as are asked for, and as the cache may hold.
  static func trainingIndices(_ survey: DatasetSurvey, _ settings: QualificationSettings, _ limits: InputLimits)
    -> [Int]
  {
    let count = min(settings.samples ?? .max, limits.cacheBytes / survey.shape.bytes)
    return RandomStream.draw(
      count, of: survey.indices(in: .train), seed: settings.seed, purpose: "qualification samples")
  }

  /// - Parameters:
  ///   - training: `trainingIndices`.
  ///   - root: of the release's commitment.
  ///   - other: paints another owner's marks, at amplitude 1; nil for none.
  init(
    released survey: DatasetSurvey, original: DatasetSurvey?, training: [Int], marks: Set<Int>,
    settings: QualificationSettings, pool: VerificationPool, secret: ReleaseSecret, root: HexDigest,
    otherOwner other: (any SampleMarker)?,
    limits: InputLimits, onProgress: @escaping ProgressReport
  ) throws {
    let chosen = Set(training)
    released = try SampleCache(survey, limits: limits, choose: { chosen.contains($0) }, onProgress: onProgress)
    let source = original ?? survey
    let unmarked = original == nil ? chosen.subtracting(marks) : chosen
    clean = try SampleCache(source, limits: limits, choose: { unmarked.contains($0) }, onProgress: onProgress)
    if let other, original != nil {
      otherOwner = try clean.replacing(marks) { try other.mark($0, $1) }
    } else {
      otherOwner = nil
    }
    let (samples, _) = try pool.draw(settings.images, after: [], with: secret)
    let asked = Set(samples)
    verification = try SampleCache(survey, limits: limits, choose: { asked.contains($0) }, onProgress: onProgress)
    let test = Set(
      RandomStream.draw(
        limits.cacheBytes / survey.shape.bytes,
        of: survey.indices(in: survey.heldOut ?? .train), seed: settings.seed, purpose: "held-out samples"))
    held = try SampleCache(survey, limits: limits, choose: { test.contains($0) }, onProgress: onProgress)
    identity =
      "\(survey.digest) and \(original.map { $0.digest.description } ?? "no original")"
      + ", committed to by \(root)"
  }
}
