import Foundations

/// What kind of image file some bytes are, whatever the file's name is.
enum ImageFormat: Sendable, Equatable {
  case png
  case jpeg

  /// Bytes from the start of a file that are enough to tell.
  static let headBytes = 8

  /// - Source: ISO/IEC 15948 §5.2; ITU-T T.81 annex B: a JPEG file starts with SOI and another marker.
  init?(head: [UInt8]) {
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// Whether a file of this name says that it is an image.
  static func isNamedLikeAnImage(_ name: Substring) -> Bool {
    // "._name" is what macOS leaves beside a file in a tar archive; it is not an image.
    !name.hasPrefix("._") && suffixes.contains { name.lowercased().hasSuffix($0) }
  }

  /// A member's name once it is a PNG file: `.png` in place of `.jpg` or `.jpeg` in any case, or after any other name.
  static func nameAsPNG(_ name: String) -> String {
    let lower = name.lowercased()
    if lower.hasSuffix(".png") { return name }
    // Suffixes are ASCII, so as many characters of the name itself are its suffix.
    guard let suffix = suffixes.first(where: { lower.hasSuffix($0) }) else { return name + ".png" }
    return name.dropLast(suffix.count) + ".png"
  }

  private static let suffixes = [".png", ".jpg", ".jpeg"]
}

/// How an image file is to be written anew: in which format, and what it says about how it is shown.
struct ImageOrigin: Sendable, Equatable {
  let format: ImageFormat
  let presentation: ImagePresentation
}

/// A decoded image file.
struct DecodedImage {
  let format: ImageFormat
  let presentation: ImagePresentation
  let shape: ImageShape
  /// (C, H, W).
  let pixels: [UInt8]

  /// - Throws: `ImageFault` for what is neither PNG nor JPEG, and what `PNGImage` and `JPEGImage` refuse.
  init(decoding file: [UInt8], limits: InputLimits) throws(ImageFault) {
    guard let format = ImageFormat(head: file) else { throw .notAnImage }
    self.format = format
    switch format {
    case .png:
      let image = try PNGImage(decoding: file, limits: limits)
      (shape, pixels) = (image.shape, image.planar())
      presentation = try PNGImage.presentation(of: file)
    case .jpeg:
      let image = try JPEGImage(decoding: file, limits: limits)
      (shape, pixels) = (image.shape, image.planar())
      presentation = try JPEGImage.presentation(of: file)
    }
  }

  /// For writing it anew as an image of `expected`.
  func origin(as expected: ImageShape) -> ImageOrigin {
    ImageOrigin(
      format: format,
      presentation: shape.channels == expected.channels ? presentation : presentation.withoutProfile)
  }

  /// The pixels in a dataset of images like `expected`: a grey image among colour images has three equal channels. Nil
  /// if the image does not belong there.
  func pixels(as expected: ImageShape) -> [UInt8]? {
    if shape == expected { return pixels }
    guard shape.channels == 1, expected == ImageShape(channels: 3, height: shape.height, width: shape.width) else {
      return nil
    }
    return pixels + pixels + pixels
  }
}
