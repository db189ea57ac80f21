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

  /// Reads the released archive and the original once each.
  /// - Parameters:
  ///   - training: `trainingIndices`.
  ///   - root: of the release's commitment.
  ///   - other: paints another owner's marks, at amplitude 1; nil for none.
  ///   - besides: what else is wanted of the two.
  init(
    released survey: DatasetSurvey, original: DatasetSurvey?, training: [Int], marks: Set<Int>,
    settings: QualificationSettings, pool: VerificationPool, secret: ReleaseSecret, root: HexDigest,
    otherOwner other: (any SampleMarker)?,
    besides: (released: [SampleReader.Selection], original: [SampleReader.Selection]),
    limits: InputLimits, onProgress: @escaping ProgressReport
  ) throws {
    let chosen = Set(training)
    let (samples, _) = try pool.draw(settings.images, after: [], with: secret)
    let test = RandomStream.draw(
      limits.cacheBytes / survey.shape.bytes,
      of: survey.indices(in: survey.heldOut ?? .train), seed: settings.seed, purpose: "held-out samples")
    let unmarked = original == nil ? chosen.subtracting(marks) : chosen
    let fillings = try [chosen, Set(samples), Set(test)].map { try SampleCache.Filling(survey, limits: limits, $0) }
    let cleanFilling = try SampleCache.Filling(original ?? survey, limits: limits, unmarked)
    let hasOriginal = original != nil
    try SampleReader(survey, limits: limits, onProgress: onProgress).read(
      (fillings + (hasOriginal ? [] : [cleanFilling])).map(\.selection) + besides.released)
    if let original {
      try SampleReader(original, limits: limits, onProgress: onProgress)
        .read([cleanFilling.selection] + besides.original)
    }
    (released, verification, held) = (fillings[0].cache(), fillings[1].cache(), fillings[2].cache())
    clean = cleanFilling.cache()
    if let other, hasOriginal {
      otherOwner = try clean.replacing(marks) { try other.mark($0, $1) }
    } else {
      otherOwner = nil
    }
    identity =
      "\(survey.digest) and \(original.map { $0.digest.description } ?? "no original")"
      + ", committed to by \(root)"
  }
}
