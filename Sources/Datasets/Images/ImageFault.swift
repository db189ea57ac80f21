/// Why one image file is unusable.
package enum ImageFault: Error, Equatable, Sendable {
  case notPNG
  case truncated
  case corrupt(String)
  /// A side is zero or above the limit, pixels.
  case side(limit: Int)
  /// Pixels, and the limit.
  case area(Int, limit: Int)
  case sixteenBit
  case alpha
  case outOfMemory
}

extension ImageFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notPNG: "not a PNG image"
    case .truncated: "the PNG image ends too early"
    case .corrupt(let message): "the PNG image is corrupt: \(DatasetError.printable(message))"
    case .side(let limit): "a side of the PNG image is zero or above \(limit) pixels"
    case .area(let pixels, let limit): "the PNG image has \(pixels) pixels, the limit is \(limit)"
    case .sixteenBit: "PNG images with 16 bits a channel are not supported"
    case .alpha: "PNG images with transparency are not supported"
    case .outOfMemory: "no memory for the PNG decoder"
    }
  }
}
