/// The size of an image: C channels (1 grey, 3 RGB; more between the layers of a network), H rows, W columns.
package struct ImageShape: Codable, Hashable, Sendable {
  package var channels: Int
  package var height: Int
  package var width: Int

  package init(channels: Int, height: Int, width: Int) {
    self.channels = channels
    self.height = height
    self.width = width
  }

  /// Values of one image, C·H·W.
  package var count: Int { channels * height * width }

  package var shorterSide: Int { min(height, width) }

  /// Bytes of one image of 8 bits a value.
  package var bytes: Int { count }
}

extension ImageShape: CustomStringConvertible {
  package var description: String { "\(channels)×\(height)×\(width)" }
}
