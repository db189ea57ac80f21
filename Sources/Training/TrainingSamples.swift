package import Archives
package import Datasets
package import Foundations
import NeuralNet
import Work

/// Which samples of an archive a training uses, drawn once from the seed, and their decoded caches.
package struct TrainingSamples {
  private let survey: DatasetSurvey
  private let limits: InputLimits
  private let seed: UInt64
  private let sampleShare: Double
  private let onProgress: ProgressReport
  /// The training split, or as much of it as the cache may hold, ascending.
  package let indices: [Int]

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
    indices = RandomStream.draw(
      limits.cacheBytes / survey.shape.bytes, of: split, seed: seed, purpose: "training samples")
  }

  package func all() throws -> SampleCache { try cache(indices) }

  /// The test split as far as the cache may hold it; the validation split if there is no test split; nil without either.
  func held() throws -> SampleCache? {
    guard let split = survey.heldOut else { return nil }
    let capacity = limits.cacheBytes / survey.shape.bytes
    return try cache(
      RandomStream.draw(capacity, of: survey.indices(in: split), seed: seed, purpose: "held-out samples"))
  }

  /// What accuracy is measured on: what is held out, or where nothing is the training samples.
  package func heldOrAll() throws -> SampleCache { try held() ?? all() }

  /// The generator's samples: the same share of the target class and of the others, at least one of each.
  func forGenerator(target: Int) throws -> SampleCache { try cache(generatorIndices(target: target)) }

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

  private func cache(_ chosen: [Int]) throws -> SampleCache {
    let set = Set(chosen)
    return try SampleCache(survey, limits: limits, choose: { set.contains($0) }, onProgress: onProgress)
  }
}
