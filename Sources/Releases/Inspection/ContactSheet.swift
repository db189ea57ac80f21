import Datasets
import Foundations

/// Samples side by side on white, each pixel drawn as a square that makes small images large enough to see. All have as much
/// room as the largest.
struct ContactSheet {
  let image: PNGImage

  /// - Parameters:
  ///   - channels: of every sample.
  ///   - rows: the samples, from the top and the left.
  init(channels: Int, rows: [[SampleView.Picture]]) {
    let shapes = rows.joined().map(\.shape)
    let largest = (height: shapes.map(\.height).max() ?? 1, width: shapes.map(\.width).max() ?? 1)
    let scale = max(1, 96 / max(largest.height, largest.width))
    let gap = 6
    let cell = (height: largest.height * scale + gap, width: largest.width * scale + gap)
    let columns = rows.map(\.count).max() ?? 0
    let width = columns * cell.width + gap
    let height = rows.count * cell.height + gap
    var pixels = [UInt8](repeating: 255, count: width * height * channels)
    for (row, samples) in rows.enumerated() {
      for (column, sample) in samples.enumerated() {
        let shape = sample.shape
        let plane = shape.height * shape.width
        let top = row * cell.height + gap
        let left = column * cell.width + gap
        for y in 0..<shape.height * scale {
          for x in 0..<shape.width * scale {
            let source = y / scale * shape.width + x / scale
            let target = ((top + y) * width + left + x) * channels
            for channel in 0..<channels { pixels[target + channel] = sample.pixels[channel * plane + source] }
          }
        }
      }
    }
    image = PNGImage(width: width, height: height, channels: channels, pixels: pixels)
  }

  /// (marked − original)·factor around mid grey, clipped to a byte.
  static func difference(_ original: [UInt8], _ marked: [UInt8], times factor: Int) -> [UInt8] {
    zip(original, marked).map { UInt8(clamping: 128 + (Int($1) - Int($0)) * factor) }
  }
}
