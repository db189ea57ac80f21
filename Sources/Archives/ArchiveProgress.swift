/// How far a pass over an archive has come.
package struct ArchiveProgress: Sendable, Equatable {
  /// Bytes of the file as stored, not as expanded.
  package var bytesRead: Int
  package var bytesTotal: Int

  /// The file, in the one report that says that all of it has been read and a pass over it is over.
  package var over: String?

  package init(bytesRead: Int, bytesTotal: Int) {
    self.bytesRead = bytesRead
    self.bytesTotal = bytesTotal
  }

  package init(over file: String, bytes: Int) {
    self.init(bytesRead: bytes, bytesTotal: bytes)
    over = file
  }
}

/// Called about every MiB of the file as stored, and at least every `ArchiveReader.membersBetweenReports` members. What it
/// throws ends the pass and reaches the caller untouched. Nothing that reads a whole archive goes without one: a pass that
/// neither reports nor can be stopped looks like one that hangs.
package typealias ProgressReport = (ArchiveProgress) throws -> Void
