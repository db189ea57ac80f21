/// Channels, rows and columns of an image.
package struct ImageSize: Codable, Sendable, Hashable {
  package var channels: Int
  package var height: Int
  package var width: Int

  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// C·H·W
  package var count: Int { channels * height * width }
}
