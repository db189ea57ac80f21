/// Limits that no configuration moves.
package enum FixedLimits {
  /// All special headers (pax, GNU long names) before one member, and its own header, bytes.
  package static let headerBytes = 64 << 10
  /// State of the xz decoder; `xz -9` needs 65 MiB. The zstd decoder allows windows of 2^27 bytes, the same size.
  package static let decoderBytes = 128 << 20
  /// The expansion ratio is not judged before this much has come out, bytes.
  package static let expansionFloor = 64 << 20
  /// batches.meta.txt, bytes.
  package static let classNameBytes = 64 << 10
  /// The member of a WebDataset sample that has its class, bytes.
  package static let shardLabelBytes = 1 << 20
  /// What an image file says about how it is shown, colour profile included, bytes; camera profiles have up to 600 kB.
  package static let presentationBytes = 1 << 20
  /// Names of skipped samples that a survey keeps; beyond them it only counts.
  package static let skippedNames = 100_000
  /// Passes over a JPEG file's coefficients; libjpeg's progressive files have 10.
  package static let imageScans = 100
}
