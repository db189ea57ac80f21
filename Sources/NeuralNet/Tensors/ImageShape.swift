/// The extent of one image: channels, height and width.
package struct ImageShape: Codable, Hashable, Sendable {
  package var channels: Int
  package var height: Int
  package var width: Int

  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// C·H·W: bytes of one 8-bit image.
  package var count: Int { channels * height * width }
}
