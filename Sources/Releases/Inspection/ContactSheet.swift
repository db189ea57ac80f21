package import Datasets
package import Foundations

/// Samples side by side on white, each pixel drawn as a square that makes small images large enough to see.
package struct ContactSheet {
  package let image: PNGImage

  /// - Parameters:
  ///   - shape: (C, H, W) of every sample.
  ///   - rows: pixels (C, H, W) of the samples, from the top and the left.
  package init(shape: ImageShape, rows: [[[UInt8]]]) {
    let scale = max(1, 96 / max(shape.height, shape.width))
    let gap = 6
    let cell = (height: shape.height * scale + gap, width: shape.width * scale + gap)
    let columns = rows.map(\.count).max() ?? 0
    let width = columns * cell.width + gap
    let height = rows.count * cell.height + gap
    var pixels = [UInt8](repeating: 255, count: width * height * shape.channels)
    let plane = shape.height * shape.width
    for (row, samples) in rows.enumerated() {
      for (column, sample) in samples.enumerated() {
        let top = row * cell.height + gap
        let left = column * cell.width + gap
        for y in 0..<shape.height * scale {
          for x in 0..<shape.width * scale {
            let source = y / scale * shape.width + x / scale
            let target = ((top + y) * width + left + x) * shape.channels
            for channel in 0..<shape.channels { pixels[target + channel] = sample[channel * plane + source] }
          }
        }
      }
    }
    image = PNGImage(width: width, height: height, channels: shape.channels, pixels: pixels)
  }

  /// (marked − original)·factor around mid grey, clipped to a byte.
  package static func difference(_ original: [UInt8], _ marked: [UInt8], times factor: Int) -> [UInt8] {
    zip(original, marked).map { UInt8(clamping: 128 + (Int($1) - Int($0)) * factor) }
  }
}
