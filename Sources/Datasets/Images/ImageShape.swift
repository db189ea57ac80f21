/// The size of an image: C channels (1 grey, 3 RGB), H rows, W columns.
package struct ImageShape: Hashable, Sendable {
  package var channels: Int
  package var height: Int
  package var width: Int

  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Bytes of one 8-bit image, C·H·W.
  package var bytes: Int { channels * height * width }
}

extension ImageShape: CustomStringConvertible {
  package var description: String { "\(channels)×\(height)×\(width)" }
}
