import Datasets
import Foundations
import Jobs
import Networks
import NeuralNet

/// Which samples are changed.
enum PoisonSelection {
  /// Some by lot, ascending.
  static func drawn(_ count: Int, of candidates: [Int], seed: UInt64) -> [Int] {
    RandomStream.draw(count, of: candidates, seed: seed, purpose: "marked samples")
  }

  /// Those whose cross-entropy has the gradient of the largest norm, each once; of equal ones the first.
  /// - Parameters:
  ///   - candidates: positions in the cache, ascending.
  /// - Returns: ascending.
  /// - Source: Souri et al. 2021, §3.3; METHODS §2
  static func largestGradients(
    _ count: Int, of candidates: [Int], in cache: SampleCache, by surrogate: Model, threads: Int,
    onProgress: ImageReport
  ) throws -> [Int] {
    if count == candidates.count { return candidates }
    let gradients = try LossGradients(surrogate, batch: 1, threads: threads)
    var norms: [Double] = []
    for (done, position) in candidates.enumerated() {
      let targets = LossGradients.targets(labels: [Int(cache.labels[position])], classes: gradients.classes)
      norms.append(gradients.byWeights(cache.pixels(of: position).map(Float.init), targets).gradient.norm)
      if done % 64 == 63 { try onProgress(done + 1, candidates.count) }
    }
    return candidates.indices.sorted { (norms[$1], candidates[$0]) < (norms[$0], candidates[$1]) }
      .prefix(count).map { candidates[$0] }.sorted()
  }
}

extension Preparation {
  /// Positions of the training samples that a release may mark: pictures that the archive has twice, or hardly shows, are
  /// left out of every release.
  /// - Parameter label: of those; nil for any.
  func markable(_ cache: SampleCache, label: Int?) -> [Int] {
    let out = Set(survey.repeated + survey.faint)
    return cache.indices.indices.filter {
      (label == nil || Int(cache.labels[$0]) == label) && !out.contains(cache.indices[$0])
    }
  }

  /// - Throws: `WatermarkError.tooFewSamples` unless so many of them can be marked, before anything is trained.
  func require(_ count: Int, of candidates: Int, setting: String, label: Int?) throws {
    guard count < 1 || count > candidates else { return }
    let group = label.map { "class “\(survey.classNames[$0])” has" } ?? "the training split has"
    throw WatermarkError.tooFewSamples(
      "\(survey.file): \(setting) selects \(count) samples, and \(group) \(candidates) that may be marked; "
        + (count < 1 ? "a larger \(setting) selects more" : "a smaller \(setting) selects fewer"))
  }

  /// - Throws: `WatermarkError.tooSmall` unless the pictures have room for what is put on them.
  func require(side: Int, for what: String) throws {
    guard survey.shape.shorterSide >= side else {
      throw WatermarkError.tooSmall(
        method: settings.objective, archive: survey.file, needs: "images that have room for \(what)",
        found: "\(survey.shape)")
    }
  }
}
