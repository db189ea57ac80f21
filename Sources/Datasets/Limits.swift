/// Limits on hostile input; every one can be set in the configuration.
package struct Limits: Sendable, Equatable {
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
  /// Share of unreadable image files that is skipped and recorded rather than fatal, in [0, 1]; batch layouts allow none.
  package var badSampleShare: Double = 0.001
  /// Decoded samples that training may hold, bytes.
  package var cacheBytes: Int = 1 << 30

  package init() {}
}

/// Limits that no configuration moves.
enum FixedLimits {
  /// All special headers (pax, GNU long names) before one member, and its own header, bytes.
  static let headerBytes = 64 << 10
  /// State of the xz decoder; `xz -9` needs 65 MiB. The zstd decoder allows windows of 2^27 bytes, the same size.
  static let decoderBytes = 128 << 20
  /// The expansion ratio is not judged before this much has come out, bytes.
  static let expansionFloor = 64 << 20
  /// batches.meta.txt, bytes.
  static let classNameBytes = 64 << 10
  /// What an image file says about how it is shown, colour profile included, bytes; camera profiles have up to 600 kB.
  static let presentationBytes = 1 << 20
  /// Names of skipped samples that a survey keeps; beyond them it only counts.
  static let skippedNames = 100_000
  /// Passes over a JPEG file's coefficients; libjpeg's progressive files have 10.
  static let imageScans = 100
}
