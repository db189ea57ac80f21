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

  /// Reads the archive once. `choose` must give the same answer for the same index.
  ///
  /// - Throws: `DatasetError.Cause.cacheLimit` before reading anything, when the samples need more than
  ///   `limits.cacheBytes`; other `DatasetError`s, and what `onProgress` throws.
  package init(
    _ survey: DatasetSurvey, limits: InputLimits = InputLimits(), choose: @escaping (Int) -> Bool,
    onProgress: @escaping ProgressReport
  ) throws {
    let indices = (0..<survey.count).filter(choose)
    let bytes = indices.count * survey.shape.bytes
    guard bytes <= limits.cacheBytes else {
      throw DatasetError(.cacheLimit(bytes: bytes, limit: limits.cacheBytes), file: survey.file)
    }
    var pixels: [UInt8] = []
    pixels.reserveCapacity(bytes)
    let stream = try SampleStream(survey, limits: limits, choose: choose, onProgress: onProgress)
    while let sample = try stream.next() { pixels.append(contentsOf: survey.view(of: sample.pixels, sample.shape)) }
    precondition(pixels.count == bytes, "the choice changed between two calls")
    shape = survey.shape
    self.indices = indices
    labels = indices.map { survey.labels[$0] }
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
  private init(
    _ other: SampleCache, shape: ImageShape? = nil, indices: [Int], labels: [UInt16], pixels: [UInt8]
  ) {
    self.shape = shape ?? other.shape
    self.indices = indices
    self.labels = labels
    self.pixels = pixels
  }

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
    return SampleCache(self, indices: indices, labels: labels, pixels: pixels)
  }

  /// The same samples as images of another shape.
  /// - Parameter change: from pixels (n, C, H, W) and their number to as many images of the new shape.
  package func reshaped(to shape: ImageShape, with change: ([UInt8], Int) throws -> [UInt8]) rethrows -> SampleCache {
    let pixels = try change(self.pixels, count)
    precondition(pixels.count == count * shape.bytes, "as many images as were given")
    return SampleCache(self, shape: shape, indices: indices, labels: labels, pixels: pixels)
  }

  /// Every second sample, from the first or from the second on: two halves that share nothing.
  package func half(_ number: Int) -> SampleCache {
    let positions = stride(from: number, to: count, by: 2)
    return SampleCache(
      self, indices: positions.map { indices[$0] }, labels: positions.map { labels[$0] },
      pixels: positions.flatMap { pixels(of: $0) })
  }
}
