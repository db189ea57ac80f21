/// Where a member lies in its archive: enough to read it, and to check all that a pass checks of it, without what is before.
package struct MemberPlace: Sendable, Hashable {
  /// Of its first header, bytes of the tar stream; in a zip archive of its entry in the directory, bytes of the file.
  package var position: Int
  /// The archive in the archive that holds it; nil if the file itself does.
  package var archive: InnerArchive?

  package init(position: Int, archive: InnerArchive? = nil) {
    self.position = position
    self.archive = archive
  }
}

/// An archive in a tar of tars.
package struct InnerArchive: Sendable, Hashable, Codable {
  /// Its name in the outer archive.
  package let name: String
  /// Of its first header and of its content, bytes of the outer archive.
  package let position: Int
  package let content: Int
  /// Bytes of content.
  package let size: Int

  package init(name: String, position: Int, content: Int, size: Int) {
    self.name = name
    self.position = position
    self.content = content
    self.size = size
  }
}
