/// A stream of bytes that comes in blocks.
protocol ByteSource: AnyObject {
  /// The next block, never empty and valid until the next call; nil at the end, once the end has been verified.
  func next() throws -> UnsafeRawBufferPointer?
}
