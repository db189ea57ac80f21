import Foundations

/// A container of one kind, read front to back: its members in order and their content in blocks. What it hands out is
/// checked as far as the container can tell; rules that hold for all containers are `ArchiveReader`'s.
protocol ContainerReader: AnyObject {
  /// Bytes of the container so far, expanded where that is a question of the whole of it.
  var expandedBytes: Int { get }

  /// What the library behind it warned about, at most `ArchiveReader.warningLimit` of them.
  var warnings: [String] { get }

  /// Where the current member lies.
  var place: MemberPlace { get }

  /// The next member, once the current one's content has been read to its end; nil at the end of the container, which has
  /// been verified then, and behind which nothing is left in its source.
  ///
  /// - Throws: `DatasetError` for a broken container or a member that breaks a rule.
  func next() throws -> ArchiveMember?

  /// The current member's next block, never empty and valid until the next call; nil at its end, once what the container
  /// says about its content has proved true. `position` is the number of bytes before it.
  func nextBlock(at position: Int) throws -> UnsafeRawBufferPointer?
}

/// The file or the files that an archive is read from.
protocol ArchiveOrigin: AnyObject {
  /// As the user named it.
  var path: String { get }
  /// Bytes as stored, and how many of them have been read.
  var size: Int { get }
  var bytesRead: Int { get }

  /// What it is, if that has not changed since it was opened and no change since then can have gone unnoticed; nil for
  /// several files.
  var identity: FileIdentity? { get }

  /// - Throws: `DatasetError.Cause.trailingData` if anything is left behind the end of the container.
  func verifyEnd() throws

  /// Says how far it is, whatever it has said before.
  func reportNow() throws

  /// Says that a pass over all of it is over.
  func reportEnd() throws

  /// Of everything; it must have been read to its end.
  func digest() -> HexDigest
}

extension ArchiveContainer {
  /// A reader for a file that is one archive.
  func reader(_ file: FileSource, limits: InputLimits) throws -> any ContainerReader {
    switch self {
    case .tar: try TarReader(file, of: file, limits: limits)
    case .tarGzip:
      try TarReader(
        GzipSource(file) { DatasetError($0, file: file.path, offset: $1) }, of: file, limits: limits)
    case .tarZstd: try TarReader(ZstdSource(file), of: file, limits: limits)
    case .tarXz: try TarReader(XzSource(file), of: file, limits: limits)
    case .tarOfTars: try NestedTarReader(file, limits: limits)
    case .zip: try ZipReader(file, limits: limits)
    case .directory, .shards: preconditionFailure("several files are read by TreeReader")
    }
  }
}
