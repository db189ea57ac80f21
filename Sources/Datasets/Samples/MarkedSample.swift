/// Samples that are marked together, in stream order.
package struct MarkerBatch: Sendable {
  /// Sample indices, and the class index of each.
  package let indices: [Int]
  package let labels: [UInt16]

  package var count: Int { indices.count }
}

/// What marking did to one sample.
package struct MarkedSample: Sendable, Equatable {
  package let index: Int
  /// The member that holds it, and where in it the first pixel is; 0 for an image file.
  package let member: String
  package let offset: Int
  /// SHA-256 of the (C, H, W) pixel bytes before and after.
  package let original: ContentDigest
  package let marked: ContentDigest
}

/// What a rewrite read and wrote.
package struct RewriteResult: Sendable {
  /// SHA-256 of the archive that was read and of the one that was written.
  package let inputDigest: ContentDigest
  package let outputDigest: ContentDigest
  package let outputBytes: Int
  /// Samples that went past, marked or not.
  package let sampleCount: Int
  /// The marked ones, in stream order.
  package let marked: [MarkedSample]
}
