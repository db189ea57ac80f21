/// Limits on hostile input; every one can be set in the configuration.
package struct InputLimits: Codable, Sendable, Equatable {
  /// Compressed size of an archive, bytes.
  package var archiveBytes: Int = 1 << 40
  /// Decompressed over compressed size, checked once 64 MiB have come out.
  package var expansion: Int = 200
  package var members: Int = 20_000_000
  package var nameBytes: Int = 512
  package var nameDepth: Int = 16
  /// One member, and one member of a batch layout (CIFAR, IDX), bytes.
  package var memberBytes: Int = 64 << 20
  package var batchMemberBytes: Int = 4 << 30
  /// One side of an image, and its area, pixels.
  package var imageSide: Int = 8192
  package var imagePixels: Int = 33_000_000
  /// Share of unreadable image files that is skipped and recorded, in [0, 1]; batch layouts allow none.
  package var badSampleShare: Double = 0.001
  /// Decoded samples that training may hold, bytes.
  package var cacheBytes: Int = 1 << 30

  package init() {}
}
