import Foundation
package import Foundations

/// One carrier: a grating's sign, ±1 for every value of an image.
///
/// Each sample shows it in a phase of its own, so that the mean of many marked samples shows nothing. It is the texture
/// that a convolutional network picks up first, whatever its place: crops only shift its phase.
/// - Source: METHODS §7
package struct Carrier: Sendable, Equatable {
  /// Cycles a pixel, to the right (below 0: to the left) and downwards.
  let across: Double
  let down: Double
  /// Whether half of the samples show its mirror image, so that a mirrored training image still carries the mark.
  let isMirrored: Bool
  /// +1 or −1 for each channel.
  let colour: [Double]

  /// Appends the carrier of one image, (C, H, W), 255 for +1 and 0 for −1.
  /// - Parameters:
  ///   - lot: uniformly random, drawn for this carrier and sample.
  ///   - scale: the image's cycles a pixel to those of the carrier. A picture that others will see at 1/n of its size shows
  ///     the grating n times as wide.
  package func append(lot: UInt64, shape: ImageShape, scale: Double = 1, to planes: inout [UInt8]) {
    precondition(shape.channels == colour.count, "a colour for every channel")
    let phase = Double(lot >> 11) * 0x1p-53 * 2 * .pi
    // The lowest bit is too small to move the phase.
    let across = (isMirrored && lot & 1 == 1 ? -across : across) * scale
    let down = down * scale
    let (start, area) = (planes.count, shape.height * shape.width)
    planes.append(contentsOf: repeatElement(255, count: shape.bytes))
    for y in 0..<shape.height {
      for x in 0..<shape.width {
        let value = sin(2 * .pi * (across * Double(x) + down * Double(y)) + phase)
        let place = start + y * shape.width + x
        for (channel, sign) in colour.enumerated() where sign * value < 0 { planes[place + channel * area] = 0 }
      }
    }
  }
}
