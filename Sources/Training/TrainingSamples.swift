package import Archives
package import Datasets
package import Foundations
import NeuralNet
import Work

/// Which samples of an archive a training uses, drawn once from the seed, and their decoded caches.
///
/// The archive is read once for all of them where they need no more than the cache may hold together; else one after the
/// other, and what is read next takes the place of what is here.
package final class TrainingSamples {
  private let survey: DatasetSurvey
  private let limits: InputLimits
  private let seed: UInt64
  private let sampleShare: Double
  private let onProgress: ProgressReport
  /// The training split, or as much of it as the cache may hold, ascending.
  package let indices: [Int]
  /// The test split as far as the cache may hold it; the validation split if there is no test split; nil without either.
  package let heldIndices: [Int]?
  /// The training samples, once they have been read.
  private var training: SampleCache?

  /// - Parameters:
  ///   - sampleShare: share of the training samples that the generator learns from, in (0, 1].
  ///   - onProgress: hears of every pass over the archive.
  /// - Throws: `WorkError.tooFewSamples` if the training split has less than two samples a class.
  package init(
    _ survey: DatasetSurvey, limits: InputLimits, sampleShare: Double, seed: UInt64,
    onProgress: @escaping ProgressReport
  ) throws {
    self.survey = survey
    self.limits = limits
    self.seed = seed
    self.sampleShare = sampleShare
    self.onProgress = onProgress
    let split = survey.indices(in: .train)
    let needed = 2 * survey.classNames.count
    guard split.count >= needed else {
      throw WorkError.tooFewSamples(archive: survey.file, split: "train", found: split.count, needed: needed)
    }
    let capacity = limits.cacheBytes / survey.shape.bytes
    indices = RandomStream.draw(capacity, of: split, seed: seed, purpose: "training samples")
    heldIndices = survey.heldOut.map {
      RandomStream.draw(capacity, of: survey.indices(in: $0), seed: seed, purpose: "held-out samples")
    }
  }

  package func all() throws -> SampleCache {
    if let training { return training }
    let cache = try read([indices])[0]
    training = cache
    return cache
  }

  /// The training samples, and what is held out: nil if nothing is, or if the cache may not hold both.
  package func allAndHeld() throws -> (all: SampleCache, held: SampleCache?) {
    guard training == nil, let heldIndices, fits(indices.count + heldIndices.count) else { return (try all(), nil) }
    let caches = try read([indices, heldIndices])
    training = caches[0]
    return (caches[0], caches[1])
  }

  /// The test split as far as the cache may hold it; the validation split if there is no test split; nil without either.
  package func held() throws -> SampleCache? {
    guard let heldIndices else { return nil }
    makeRoom(for: heldIndices.count)
    return try read([heldIndices])[0]
  }

  /// What accuracy is measured on: what is held out, or where nothing is the training samples.
  package func heldOrAll() throws -> SampleCache { try held() ?? all() }

  /// Some of the training samples, ascending.
  package func some(_ chosen: [Int]) throws -> SampleCache {
    if fits(indices.count + chosen.count), let some = try all().subset(chosen) { return some }
    makeRoom(for: chosen.count)
    return try read([chosen])[0]
  }

  /// The generator's samples: the same share of the target class and of the others, at least one of each.
  func forGenerator(target: Int) throws -> SampleCache { try some(generatorIndices(target: target)) }

  /// Their indices, ascending.
  func generatorIndices(target: Int) -> [Int] {
    let groups = [
      indices.filter { Int(survey.labels[$0]) == target }, indices.filter { Int(survey.labels[$0]) != target },
    ]
    return groups.flatMap { group in
      RandomStream.draw(
        max(1, Int((Double(group.count) * sampleShare).rounded())), of: group, seed: seed, purpose: "generator samples")
    }.sorted()
  }

  private func fits(_ samples: Int) -> Bool { samples * survey.shape.bytes <= limits.cacheBytes }

  private func makeRoom(for samples: Int) {
    if !fits(indices.count + samples) { training = nil }
  }

  private func read(_ chosen: [[Int]]) throws -> [SampleCache] {
    try SampleCache.read(survey, limits: limits, chosen.map(Set.init), onProgress: onProgress)
  }
}
