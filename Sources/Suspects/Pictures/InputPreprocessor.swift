import Foundation

/// The pipeline at work.
struct InputPreprocessor: Sendable {
  let pipeline: InputPipeline
  private let resize: BilinearResize

  init(_ pipeline: InputPipeline) {
    self.pipeline = pipeline
    resize = BilinearResize(from: pipeline.source, height: pipeline.height, width: pipeline.width)
  }

  /// (C, height, width), each rounded to the nearest byte, halves to even.
  func bytes(_ image: [UInt8]) -> [UInt8] {
    if pipeline.resize == "none" { return image }
    return resize(image).map { UInt8(min(max($0.rounded(.toNearestOrEven), 0), 255)) }
  }

  /// The numbers of `image` in the endpoint's layout, as JSON writes them: each Float in its shortest exact form.
  func numbers(_ image: [UInt8]) -> [String] {
    let pipeline = pipeline
    let plane = pipeline.height * pipeline.width
    let planar: [String]
    switch pipeline.element {
    case .uint8: planar = bytes(image).map { String($0) }
    case .float32:
      planar = resize(image).enumerated().map { place, value in
        let channel = place / plane
        let mean = pipeline.mean.isEmpty ? 0 : pipeline.mean[channel]
        let deviation = pipeline.deviation.isEmpty ? 1 : pipeline.deviation[channel]
        return "\(Float((value * pipeline.scale - mean) / deviation))"
      }
    }
    if pipeline.layout == .chw || pipeline.source.channels == 1 { return planar }
    return (0..<plane).flatMap { pixel in
      (0..<pipeline.source.channels).map { planar[$0 * plane + pixel] }
    }
  }

  /// `[1,2,…]`
  func flatJSON(_ image: [UInt8]) -> String { "[" + numbers(image).joined(separator: ",") + "]" }

  /// `[[[1,2],[3,4]]]` in the endpoint's layout.
  func nestedJSON(_ image: [UInt8]) -> String {
    let shape = pipeline.shape
    let rows = numbers(image)
    func list(_ range: Range<Int>, _ axis: Int) -> String {
      if axis == shape.count - 1 { return "[" + rows[range].joined(separator: ",") + "]" }
      let size = range.count / shape[axis]
      let parts = (0..<shape[axis]).map {
        list(range.lowerBound + $0 * size..<range.lowerBound + ($0 + 1) * size, axis + 1)
      }
      return "[" + parts.joined(separator: ",") + "]"
    }
    return list(0..<rows.count, 0)
  }

  /// The image as a PNG file of the endpoint's size.
  func png(_ image: [UInt8], _ encoder: ImageEncoder) throws -> [UInt8] {
    let size = ImageSize(channels: pipeline.source.channels, height: pipeline.height, width: pipeline.width)
    return try encoder(bytes(image), size)
  }

  func base64(_ image: [UInt8], _ encoder: ImageEncoder) throws -> String {
    Data(try png(image, encoder)).base64EncodedString()
  }
}
