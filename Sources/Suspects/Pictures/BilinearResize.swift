/// Resizing with the two nearest rows and columns, pixel centres at half-integers, edges repeated, no smoothing before
/// a reduction: what most frameworks do with `align_corners = false`.
///
/// Every product and sum is in Double in a fixed order, so the result is the same on every machine.
struct BilinearResize: Sendable {
  let source: ImageSize
  let height: Int
  let width: Int
  private let rows: [Tap]
  private let columns: [Tap]

  private struct Tap {
    var first: Int
    var second: Int
    /// Weight of `second`, in [0, 1).
    var share: Double
  }

  init(from source: ImageSize, height: Int, width: Int) {
    self.source = source
    self.height = height
    self.width = width
    rows = Self.taps(from: source.height, to: height)
    columns = Self.taps(from: source.width, to: width)
  }

  private static func taps(from source: Int, to target: Int) -> [Tap] {
    (0..<target).map { index in
      let place = (Double(index) + 0.5) * Double(source) / Double(target) - 0.5
      let clamped = min(max(place, 0), Double(source - 1))
      let first = Int(clamped)
      return Tap(first: first, second: min(first + 1, source - 1), share: clamped - Double(first))
    }
  }

  /// (C, height, width) in [0, 255] of (C, H, W).
  func callAsFunction(_ image: [UInt8]) -> [Double] {
    precondition(image.count == source.count, "\(image.count) bytes for an image of \(source.count)")
    if height == source.height && width == source.width { return image.map(Double.init) }
    var result: [Double] = []
    result.reserveCapacity(source.channels * height * width)
    for channel in 0..<source.channels {
      let plane = channel * source.height * source.width
      for row in rows {
        let upper = plane + row.first * source.width
        let lower = plane + row.second * source.width
        for column in columns {
          let top =
            Double(image[upper + column.first]) * (1 - column.share)
            + Double(image[upper + column.second]) * column.share
          let bottom =
            Double(image[lower + column.first]) * (1 - column.share)
            + Double(image[lower + column.second]) * column.share
          result.append(top * (1 - row.share) + bottom * row.share)
        }
      }
    }
    return result
  }
}
