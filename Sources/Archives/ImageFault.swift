/// Why one image file is unusable.
package enum ImageFault: Error, Equatable, Sendable {
  case notPNG
  case notJPEG
  case notAnImage
  case truncated
  case corrupt(String)
  /// A side is zero or above the limit, pixels.
  case side(limit: Int)
  /// Pixels, and the limit.
  case area(Int, limit: Int)
  /// A picture in a format that is not read.
  case foreign(ForeignFormat)
  /// A JPEG file whose colours are neither grey nor RGB nor YCbCr, such as CMYK.
  case colours(components: Int)
  case scans(limit: Int)
  /// Colour profile and the like, which would have to be kept, bytes.
  case profile(limit: Int)
  case outOfMemory
}

extension ImageFault: CustomStringConvertible {
  package var description: String {
    switch self {
    case .notPNG: "not a PNG image"
    case .notJPEG: "not a JPEG image"
    case .notAnImage: "neither a PNG nor a JPEG image"
    case .truncated: "the image ends too early"
    case .corrupt(let message): "the image is corrupt: \(DatasetError.printable(message))"
    case .side(let limit): "a side of the image is zero or above \(limit) pixels"
    case .area(let pixels, let limit): "the image has \(pixels) pixels, the limit is \(limit)"
    case .foreign(let format): "\(format.name), which is not read\(format.wayOut.map { "; \($0)" } ?? "")"
    case .colours(components: 4):
      "a JPEG image in CMYK, which programs turn into RGB each in its own way, is not read; put in its place what "
        + "`magick FILE.jpg -colorspace sRGB FILE.png` makes of it"
    case .colours(let components):
      "a JPEG image with \(components) components that are neither grey nor RGB nor YCbCr is not read; put in its place "
        + "what `magick FILE.jpg -colorspace sRGB FILE.png` makes of it"
    case .scans(let limit):
      "the JPEG image has more than \(limit) scans; put in its place what `jpegtran -copy all FILE.jpg` makes of it"
    case .profile(let limit): "the image's colour profile, or what else says how to show it, is above \(limit) bytes"
    case .outOfMemory: "no memory for the image decoder"
    }
  }
}
