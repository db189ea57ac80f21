package import Foundations

/// Random changes of training images that keep their labels; pure functions of images and stream.
package enum Augmentation {
  /// Random horizontal flip and random crop after padding with zeros, per image.
  ///
  /// - Parameters:
  ///   - images: (N, C, H, W).
  ///   - padding: Pixels added on every side; the crop's offset is uniform in 0...2·padding each way.
  ///   - output: As many bytes.
  package static func flipAndCrop(
    _ images: Span<UInt8>, shape: ImageShape, padding: Int = 4, flip: Bool = true, using stream: inout RandomStream,
    into output: inout MutableSpan<UInt8>
  ) {
    precondition(images.count == output.count && images.count % shape.count == 0, "whole images in, as many out")
    precondition(padding >= 0, "padding is not negative")
    for image in 0..<images.count / shape.count {
      let isFlipped = flip && stream.below(2) == 1
      let down = stream.below(2 * padding + 1) - padding
      let right = stream.below(2 * padding + 1) - padding
      for channel in 0..<shape.channels {
        let plane = (image * shape.channels + channel) * shape.height * shape.width
        for y in 0..<shape.height {
          let row = plane + y * shape.width
          let sourceRow = y + down
          for x in 0..<shape.width {
            let column = (isFlipped ? shape.width - 1 - x : x) + right
            let isInside = 0..<shape.height ~= sourceRow && 0..<shape.width ~= column
            output[row + x] = isInside ? images[plane + sourceRow * shape.width + column] : 0
          }
        }
      }
    }
  }
}
