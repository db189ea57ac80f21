/// How an image is written anew that was a JPEG file. One that was a PNG file stays one, under its name.
package enum MarkedJPEG: Sendable, Equatable {
  /// As a PNG file, pixel for pixel, with `.png` at the end of its name.
  case png
  /// As a PNG file under the name that it had.
  case pngKeepingName
  /// As a JPEG file of this quality, 1 … 100, under the name that it had: its pixels are about what they should be.
  case jpeg(quality: Int)
}
