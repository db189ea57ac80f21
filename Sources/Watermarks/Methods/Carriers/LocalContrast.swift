import Datasets
import Foundations

/// Where a picture changes by itself within a pixel: on digits and other pictures on empty ground a mark anywhere else would
/// be all that there is to see.
/// - Source: METHODS §8
struct LocalContrast {
  /// The least difference within 3×3 values of one channel that hides a mark, 1/255.
  let least: Int

  /// Half as much again as the mark itself.
  init(hiding epsilon: Int) { self.init(least: min(255, (3 * epsilon + 1) / 2)) }

  init(least: Int) { self.least = least }

  /// How strongly each value may carry a mark: 255 for all of ε, or 0. The channels of a pixel are alike.
  /// - Parameter pixels: of each sample (C, H, W).
  func strengths(_ pixels: [UInt8], _ batch: MarkerBatch) -> [UInt8] {
    var strengths: [UInt8] = []
    strengths.reserveCapacity(pixels.count)
    for position in 0..<batch.count {
      let shape = batch.shapes[position]
      let hides = hiding(pixels[batch.bytes(of: position)], shape)
      for _ in 0..<shape.channels { strengths += hides }
    }
    return strengths
  }

  /// (H, W).
  private func hiding(_ picture: ArraySlice<UInt8>, _ shape: ImageShape) -> [UInt8] {
    let (height, width) = (shape.height, shape.width)
    var hides = [UInt8](repeating: 0, count: height * width)
    for channel in 0..<shape.channels {
      let plane = Array(picture.dropFirst(channel * height * width).prefix(height * width))
      // Of each value and its neighbours in the row; then of these in the column.
      let places = 0..<height * width
      let rows = places.map { place in
        let column = place % width
        let around = plane[place - (column > 0 ? 1 : 0)...place + (column + 1 < width ? 1 : 0)]
        return (least: around.reduce(.max, min), most: around.reduce(0, max))
      }
      for place in places {
        var (least, most) = rows[place]
        for neighbour in [place - width, place + width] where places.contains(neighbour) {
          least = min(least, rows[neighbour].least)
          most = max(most, rows[neighbour].most)
        }
        if Int(most) - Int(least) >= self.least { hides[place] = 255 }
      }
    }
    return hides
  }
}
