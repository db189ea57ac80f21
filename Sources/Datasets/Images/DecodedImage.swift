import Archives
import Foundations

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
  /// (C, H, W), as networks see them.
  let pixels: [UInt8]
  let unseen: UnseenPixels

  /// - Throws: `ImageFault` for what is neither PNG nor JPEG, and what `PNGImage` and `JPEGImage` refuse.
  init(decoding file: [UInt8], limits: InputLimits) throws(ImageFault) {
    guard let format = ImageFormat(head: file) else {
      if let foreign = ForeignFormat(picture: file) { throw .foreign(foreign) }
      throw .notAnImage
    }
    self.format = format
    switch format {
    case .png:
      let (image, unseen) = try PNGImage.decode(file, limits: limits)
      (shape, pixels, self.unseen) = (image.shape, image.planar(), unseen)
      presentation = try PNGImage.presentation(of: file)
    case .jpeg:
      let image = try JPEGImage(decoding: file, limits: limits)
      (shape, pixels, unseen) = (image.shape, image.planar(), UnseenPixels())
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
  func pixels(as expected: ImageShape) -> (seen: [UInt8], unseen: UnseenPixels)? {
    if shape == expected { return (pixels, unseen) }
    guard shape.channels == 1, expected == ImageShape(channels: 3, height: shape.height, width: shape.width) else {
      return nil
    }
    return (pixels + pixels + pixels, unseen.inColour)
  }
}
