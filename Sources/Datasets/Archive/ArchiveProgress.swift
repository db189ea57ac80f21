/// How far a pass over an archive has come.
package struct ArchiveProgress: Sendable, Equatable {
  /// Bytes of the file as stored, not as expanded.
  package var bytesRead: Int
  package var bytesTotal: Int

  package init(bytesRead: Int, bytesTotal: Int) {
    self.bytesRead = bytesRead
    self.bytesTotal = bytesTotal
  }
}

/// Called about every MiB of the file as stored. What it throws ends the pass and reaches the caller untouched.
package typealias ProgressReport = (ArchiveProgress) throws -> Void
