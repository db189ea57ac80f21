extension Activation {
  /// Pixel (0, y) of a block of an image.
  @inlinable @inline(__always)
  func row(_ image: Int, _ block: Int, _ y: Int) -> UnsafeMutablePointer<Float> {
    base + (image &* imageStride &+ block &* blockStride &+ y &* rowStride)
  }

  /// Channel blocks at the given lane count.
  @inlinable @inline(__always)
  func blocks(_ lanes: Int) -> Int {
    (channels &+ lanes &- 1) / lanes
  }

  /// Channels in a block: `lanes` but for the last block.
  @inlinable @inline(__always)
  func channels(inBlock block: Int, _ lanes: Int) -> Int {
    min(lanes, channels &- block &* lanes)
  }

  /// Calls `body` for every row of the given images and all their blocks.
  @inlinable @inline(__always)
  func eachRow(_ lanes: Int, _ images: Range<Int>, _ body: (_ image: Int, _ block: Int, _ y: Int) -> Void) {
    let blocks = blocks(lanes)
    var image = images.lowerBound
    while image < images.upperBound {
      var block = 0
      while block < blocks {
        var y = 0
        while y < height {
          body(image, block, y)
          y &+= 1
        }
        block &+= 1
      }
      image &+= 1
    }
  }

  /// Whether both have the same images, channels, height and width; halos may differ.
  @inlinable @inline(__always)
  func hasShape(of other: Activation) -> Bool {
    images == other.images && channels == other.channels && height == other.height && width == other.width
  }
}
