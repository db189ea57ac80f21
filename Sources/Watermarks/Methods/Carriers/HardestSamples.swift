package import Datasets
package import Foundations
package import Networks

/// Training samples, those first that a clean surrogate is least sure of.
///
/// Where the picture says little, the mark is what sets a sample apart, and so a learner learns it (docs/experiments/keyed.md,
/// "Choosing the keyed mark").
package struct HardestSamples: Codable, Sendable, Equatable {
  /// SHA-256 of the archive that the indices count in, hexadecimal.
  package var archive: String
  package var indices: [Int]

  /// - Parameters:
  ///   - samples: training samples of any class, ranked by how far the logit of their class is above the best other.
  ///   - label: of those that are ranked; nil ranks all.
  ///   - onProgress: hears of every few hundred of them.
  package init(
    of samples: SampleCache, label: Int? = nil, by surrogate: Model, archive: HexDigest, threads: Int,
    onProgress: ImageReport
  ) throws {
    let positions = samples.labels.indices.filter { label == nil || Int(samples.labels[$0]) == label }
    let plan = try ClassifierPlan(surrogate, batch: 64, threads: threads)
    var logits: [Float] = []
    for start in stride(from: 0, to: positions.count, by: 512) {
      let piece = positions[start..<min(positions.count, start + 512)]
      let images = piece.flatMap { samples.pixels(of: $0) }
      logits += plan.logits(images.span, count: piece.count)
      try onProgress(piece.endIndex, positions.count)
    }
    let classes = surrogate.definition.classes
    // The margin over the best other class orders samples even where every probability is 1 in Float32.
    let margins = positions.indices.map { row in
      let values = logits[row * classes..<(row + 1) * classes]
      let own = Int(samples.labels[positions[row]])
      let others = values.enumerated().filter { $0.offset != own }.map(\.element)
      return values[row * classes + own] - (others.max() ?? 0)
    }
    self.archive = archive.description
    indices = positions.indices.sorted { (margins[$0], positions[$0]) < (margins[$1], positions[$1]) }
      .map { samples.indices[positions[$0]] }
  }

  /// All of them, the ranked ones first: a surrogate may have learned from a part of the samples only, and the rest follows
  /// in order.
  func order(_ candidates: [Int]) -> [Int] {
    let known = Set(candidates)
    let ranked = indices.filter { known.contains($0) }
    return ranked + known.subtracting(ranked).sorted()
  }
}
