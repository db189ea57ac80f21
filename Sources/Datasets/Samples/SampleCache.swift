package import Archives
package import Foundations

/// Chosen samples as networks see them, decoded once and kept as bytes.
///
/// Those that are not of the survey's `shape` are scaled until they cover it, and their middle is kept: what is common in
/// training on pictures of many sizes, and in asking about them.
package struct SampleCache: Sendable {
  package let shape: ImageShape
  /// The samples' indices in the survey, ascending; position n below belongs to `indices[n]`.
  package let indices: [Int]
  /// Class index of each.
  package let labels: [UInt16]
  /// (N, C, H, W).
  package let pixels: [UInt8]

  package var count: Int { indices.count }

  /// Reads the archive once at most. `choose` must give the same answer for the same index.
  ///
  /// - Throws: `DatasetError.Cause.cacheLimit` before reading anything, when the samples need more than
  ///   `limits.cacheBytes`; other `DatasetError`s, and what `onProgress` throws.
  package init(
    _ survey: DatasetSurvey, limits: InputLimits = InputLimits(), choose: (Int) -> Bool,
    onProgress: @escaping ProgressReport
  ) throws {
    let chosen = Set((0..<survey.count).lazy.filter(choose))
    self = try Self.read(survey, limits: limits, [chosen], onProgress: onProgress)[0]
  }

  /// Several caches at once, each within `limits.cacheBytes`.
  package static func read(
    _ survey: DatasetSurvey, limits: InputLimits, _ chosen: [Set<Int>], onProgress: @escaping ProgressReport
  ) throws -> [SampleCache] {
    let fillings = try chosen.map { try Filling(survey, limits: limits, $0) }
    if survey.pixels == nil {
      try SampleReader(survey, limits: limits, onProgress: onProgress).read(fillings.map(\.selection))
    } else {
      for filling in fillings { filling.fillFromSurvey() }
    }
    return fillings.map { $0.cache() }
  }

  /// Some of the samples, ascending; nil unless all of them are here.
  package func subset(_ chosen: [Int]) -> SampleCache? {
    if chosen == indices { return self }
    var (positions, next): ([Int], Int) = ([], 0)
    for index in chosen {
      while next < count, indices[next] < index { next += 1 }
      guard next < count, indices[next] == index else { return nil }
      positions.append(next)
    }
    return picked(positions)
  }

  private func picked(_ positions: [Int]) -> SampleCache {
    var picked: [UInt8] = []
    picked.reserveCapacity(positions.count * shape.bytes)
    for position in positions { picked.append(contentsOf: pixels(of: position)) }
    return SampleCache(
      shape: shape, indices: positions.map { indices[$0] }, labels: positions.map { labels[$0] }, pixels: picked)
  }

  /// A cache that fills while samples are read, with others perhaps.
  package final class Filling {
    private let survey: DatasetSurvey
    private let chosen: Set<Int>
    private var pixels: [UInt8] = []

    /// - Throws: `DatasetError.Cause.cacheLimit` when the samples need more than `limits.cacheBytes`.
    package init(_ survey: DatasetSurvey, limits: InputLimits, _ chosen: Set<Int>) throws {
      let bytes = chosen.count * survey.shape.bytes
      guard bytes <= limits.cacheBytes else {
        throw DatasetError(.cacheLimit(bytes: bytes, limit: limits.cacheBytes), file: survey.file)
      }
      self.survey = survey
      self.chosen = chosen
    }

    /// What it wants of a reading.
    package var selection: SampleReader.Selection {
      SampleReader.Selection(chosen) { [self] sample in
        if pixels.isEmpty { pixels.reserveCapacity(chosen.count * survey.shape.bytes) }
        pixels.append(contentsOf: survey.view(of: sample.pixels, sample.shape))
      }
    }

    /// Out of what the survey has kept.
    func fillFromSurvey() {
      guard let kept = survey.pixels, let own = survey.geometry.shape else { return }
      if chosen.count == survey.count, own == survey.shape {
        pixels = kept
        return
      }
      pixels.reserveCapacity(chosen.count * survey.shape.bytes)
      for index in chosen.sorted() {
        let bytes = kept[index * own.bytes..<(index + 1) * own.bytes]
        if own == survey.shape { pixels += bytes } else { pixels += survey.view(of: Array(bytes), own) }
      }
    }

    /// The cache, once the samples have been read; what is filled is given away.
    package func cache() -> SampleCache {
      let indices = chosen.sorted()
      precondition(pixels.count == indices.count * survey.shape.bytes, "every chosen sample has been read")
      defer { pixels = [] }
      return SampleCache(
        shape: survey.shape, indices: indices, labels: indices.map { survey.labels[$0] }, pixels: pixels)
    }
  }

  private init(shape: ImageShape, indices: [Int], labels: [UInt16], pixels: [UInt8]) {
    self.shape = shape
    self.indices = indices
    self.labels = labels
    self.pixels = pixels
  }

  /// (C, H, W) of the sample at `position`, 0..<count.
  package func pixels(of position: Int) -> ArraySlice<UInt8> {
    pixels[position * shape.bytes..<(position + 1) * shape.bytes]
  }
}

extension DatasetSurvey {
  /// What networks see of a sample.
  /// - Parameters:
  ///   - pixels: (C, H, W).
  ///   - own: their shape.
  package func view(of pixels: [UInt8], _ own: ImageShape) -> [UInt8] {
    own == shape ? pixels : ImageResampling(from: own, covering: shape)(pixels, count: 1)
  }
}

extension SampleCache {
  /// All samples in order, for a marker.
  package var batch: MarkerBatch { MarkerBatch(indices: indices, labels: labels, shape: shape) }

  /// The same samples with other pixels in those whose index is chosen.
  /// - Parameter change: from pixels (n, C, H, W) and their indices to as many pixels.
  package func replacing(
    _ chosen: Set<Int>, with change: ([UInt8], MarkerBatch) throws -> [UInt8]
  ) rethrows -> SampleCache {
    let positions = indices.indices.filter { chosen.contains(indices[$0]) }
    let changed = try change(
      positions.flatMap { self.pixels(of: $0) },
      MarkerBatch(indices: positions.map { indices[$0] }, labels: positions.map { labels[$0] }, shape: shape))
    precondition(changed.count == positions.count * shape.bytes, "as many pixels as were given")
    var pixels = pixels
    for (order, position) in positions.enumerated() {
      pixels.replaceSubrange(
        position * shape.bytes..<(position + 1) * shape.bytes,
        with: changed[order * shape.bytes..<(order + 1) * shape.bytes])
    }
    return SampleCache(shape: shape, indices: indices, labels: labels, pixels: pixels)
  }

  /// The same samples as images of another shape.
  /// - Parameter change: from pixels (n, C, H, W) and their number to as many images of the new shape.
  package func reshaped(to shape: ImageShape, with change: ([UInt8], Int) throws -> [UInt8]) rethrows -> SampleCache {
    let pixels = try change(self.pixels, count)
    precondition(pixels.count == count * shape.bytes, "as many images as were given")
    return SampleCache(shape: shape, indices: indices, labels: labels, pixels: pixels)
  }

  /// Every second sample, from the first or from the second on: two halves that share nothing.
  package func half(_ number: Int) -> SampleCache {
    picked(Array(stride(from: number, to: count, by: 2)))
  }
}
