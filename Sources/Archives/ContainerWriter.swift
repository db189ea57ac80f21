/// A container of one kind, written front to back. Whoever calls it keeps to the sizes that he promises.
protocol ContainerWriter: AnyObject {
  /// Starts a member; all bytes of the one before have come.
  func begin(_ member: ArchiveMember) throws

  /// Appends content to the current member; never nothing.
  func write(_ bytes: UnsafeRawBufferPointer) throws

  /// Ends the container.
  func finish() throws
}
