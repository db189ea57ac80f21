/// Where a program's images come from at its next run: (count, C, H, W) bytes.
///
/// Programs hold the object and read the pointer when they run, so one program serves any memory.
final class ImageSource: @unchecked Sendable {
  var bytes: UnsafePointer<UInt8>?
  /// Images that there are; a program computes on whatever its buffers hold for the rest of the batch.
  var count = 0
}

/// Where a program's outputs go at its next run; nil for an output that nobody wants.
final class OutputSink<Element>: @unchecked Sendable {
  var elements: UnsafeMutablePointer<Element>?
  var count = 0
}
