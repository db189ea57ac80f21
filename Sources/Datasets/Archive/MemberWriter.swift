import Foundations
import Glibc

/// Writes members whose content comes piece by piece.
///
/// The size of a member goes before its content, and that of a gzip file is known at its end only: it is compressed into
/// a file beside the archive first, with the settings of gzip archives.
final class MemberWriter {
  private let archive: ArchiveWriter
  private let spool: String
  private var compressed: (member: ArchiveMember, sink: CompressingSink)?

  /// - Parameter spool: path of a file that is made and removed as needed.
  init(_ archive: ArchiveWriter, spool: String) {
    self.archive = archive
    self.spool = spool
  }

  deinit {
    if compressed != nil { unlink(spool) }
  }

  /// Starts a member; the size of one that is to be gzip is not looked at.
  func begin(_ member: ArchiveMember, _ form: MemberForm) throws {
    switch form {
    case .stored: try archive.begin(member)
    case .gzip: compressed = (member, try CompressingSink(path: spool, container: .tarGzip))
    }
  }

  func write(_ bytes: Span<UInt8>) throws {
    guard let compressed else { return try archive.write(bytes) }
    try compressed.sink.write(bytes.withUnsafeBufferPointer { Array($0) })
  }

  func end() throws {
    guard let (member, sink) = compressed else { return }
    var complete = member
    complete.size = try sink.finish().bytes
    let file = try FileSource(path: spool, limits: InputLimits(), report: { _ in })
    compressed = nil
    guard unlink(spool) == 0 else { throw DatasetError(.io(operation: "removing", errno: errno), file: spool) }
    try archive.begin(complete)
    while let block = try file.next() { try archive.write(Span<UInt8>(_unsafeBytes: block)) }
  }

  /// Writes a whole member.
  func add(_ member: ArchiveMember, _ form: MemberForm = .stored, content: [UInt8]) throws {
    try begin(member, form)
    try write(content.span)
    try end()
  }
}
