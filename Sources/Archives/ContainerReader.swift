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
