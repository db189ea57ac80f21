import Foundations

/// Writes members whose content comes piece by piece.
///
/// The size of a member goes before its content, and that of a gzip file is known at its end only: it is compressed into
/// a file beside the archive first, with the settings of gzip archives.
package final class MemberWriter {
  private let archive: ArchiveWriter
  private let path: String
  private var compressed: (member: ArchiveMember, spool: Spool)?

  /// - Parameter spool: path of a file that is made and removed as needed.
  package init(_ archive: ArchiveWriter, spool: String) {
    self.archive = archive
    path = spool
  }

  /// Starts a member; the size of one that is to be gzip is not looked at.
  package func begin(_ member: ArchiveMember, _ form: MemberForm) throws {
    switch form {
    case .stored: try archive.begin(member)
    case .gzip: compressed = (member, try Spool(path: path, container: .tarGzip))
    }
  }

  package func write(_ bytes: Span<UInt8>) throws {
    guard let compressed else { return try archive.write(bytes) }
    try bytes.withUnsafeBytes { try compressed.spool.write($0) }
  }

  package func end() throws {
    guard let (started, spool) = compressed else { return }
    compressed = nil
    try spool.hand(
      begin: { bytes in
        var member = started
        member.size = bytes
        try archive.begin(member)
      }, content: { try archive.write(Span<UInt8>(_unsafeBytes: $0)) })
  }

  /// Writes a whole member.
  package func add(_ member: ArchiveMember, _ form: MemberForm = .stored, content: [UInt8]) throws {
    try begin(member, form)
    try write(content.span)
    try end()
  }
}
