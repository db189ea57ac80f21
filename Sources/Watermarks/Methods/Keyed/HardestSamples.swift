package import Datasets
package import Foundations
package import Networks

/// The target class's training samples, those first that a clean surrogate is least sure of.
///
/// Where the picture says little, the mark is what sets a sample apart, and so a learner learns it (docs/experiments.md,
/// "Choosing the keyed mark").
package struct HardestSamples: Codable, Sendable, Equatable {
  /// SHA-256 of the archive that the indices count in, hexadecimal.
  package var archive: String
  package var indices: [Int]

  /// - Parameters:
  ///   - samples: training samples of any class; those of the target class are ranked by how far the logit of t is above
  ///     the best other.
  ///   - onProgress: hears of every few hundred of them.
  package init(
    of samples: SampleCache, targetClass: Int, by surrogate: Model, archive: HexDigest, threads: Int,
    onProgress: ImageReport
  ) throws {
    let positions = samples.labels.indices.filter { Int(samples.labels[$0]) == targetClass }
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
      let others = values.enumerated().filter { $0.offset != targetClass }.map(\.element)
      return values[row * classes + targetClass] - (others.max() ?? 0)
    }
    self.archive = archive.description
    indices = positions.indices.sorted { (margins[$0], positions[$0]) < (margins[$1], positions[$1]) }
      .map { samples.indices[positions[$0]] }
  }
}
