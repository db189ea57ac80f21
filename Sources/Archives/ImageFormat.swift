/// What kind of image file some bytes are, whatever the file's name is.
package enum ImageFormat: Sendable, Equatable {
  case png
  case jpeg

  /// Bytes from the start of a file that are enough to tell.
  package static let headBytes = 8

  /// - Source: ISO/IEC 15948 §5.2; ITU-T T.81 annex B: a JPEG file starts with SOI and another marker.
  package init?(head: [UInt8]) {
    if head.starts(with: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .png
    } else if head.starts(with: [0xFF, 0xD8, 0xFF]) {
      self = .jpeg
    } else {
      return nil
    }
  }

  /// Whether a file of this name says that it is an image.
  package static func isNamedLikeAnImage(_ name: Substring) -> Bool {
    // "._name" is what macOS leaves beside a file in a tar archive; it is not an image.
    !name.hasPrefix("._") && suffixes.contains { name.lowercased().hasSuffix($0) }
  }

  /// A member's name once it is a PNG file: `.png` in place of `.jpg` or `.jpeg` in any case, or after any other name.
  package static func nameAsPNG(_ name: String) -> String {
    let lower = name.lowercased()
    if lower.hasSuffix(".png") { return name }
    // Suffixes are ASCII, so as many characters of the name itself are its suffix.
    guard let suffix = suffixes.first(where: { lower.hasSuffix($0) }) else { return name + ".png" }
    return name.dropLast(suffix.count) + ".png"
  }

  private static let suffixes = [".png", ".jpg", ".jpeg"]
}
