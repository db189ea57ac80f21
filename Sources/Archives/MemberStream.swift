package import Foundations

/// How the content of a member is handed out.
package enum MemberForm: Equatable, Sendable {
  /// As it is stored.
  case stored
  /// The member is a gzip file; what it expands to.
  case gzip
}

/// The content of an archive's current member in blocks, expanded where it is a gzip file.
///
/// A gzip file is held to the same rules as an archive: every CRC and length is checked, nothing but zeros may follow,
/// and it may not expand beyond `InputLimits.expansion`.
package final class MemberStream {
  private let reader: ArchiveReader
  private let gzip: GzipSource?
  private let limits: InputLimits
  /// Bytes handed out so far.
  package private(set) var position = 0

  /// The member as a source of compressed bytes.
  private final class Compressed: ByteSource {
    let reader: ArchiveReader

    init(_ reader: ArchiveReader) { self.reader = reader }

    func next() throws -> UnsafeRawBufferPointer? {
      while let block = try reader.takeBlock() {
        if !block.isEmpty { return block }
      }
      return nil
    }
  }

  package init(_ reader: ArchiveReader, _ form: MemberForm, limits: InputLimits) throws {
    self.reader = reader
    self.limits = limits
    gzip =
      switch form {
      case .stored: nil
      case .gzip: try GzipSource(Compressed(reader)) { reader.error($0, offset: $1) }
      }
  }

  /// Hands the next block to `body`; false at the end, once that has been verified.
  package func nextBlock(_ body: (Span<UInt8>) throws -> Void) throws -> Bool {
    guard let gzip else {
      return try reader.nextBlock { block in
        try body(block)
        position += block.count
      }
    }
    guard let block = try gzip.next() else { return false }
    let total = position + block.count
    guard total <= FixedLimits.expansionFloor || total / limits.expansion <= gzip.consumed else {
      throw reader.error(.expansion(limit: limits.expansion), offset: gzip.consumed)
    }
    try body(Span<UInt8>(_unsafeBytes: block))
    position = total
    return true
  }
}
