/// Paints carriers on images: x → clip(x + round(A·ε·m·c), 0, 255) on bytes.
///
/// A and the strength m are at most 1 on what is released, so that ε holds; verification images are never published, carry
/// all of ε everywhere, and may use more.
/// - Source: METHODS §7(b), (c)
package struct CarrierPaint: Sendable {
  /// A·ε in 1/255.
  private let change: Int

  /// - Parameters:
  ///   - epsilon: ε in 1/255.
  ///   - amplitude: A.
  package init(epsilon: Int, amplitude: Int) {
    precondition(epsilon >= 1 && amplitude >= 1, "a mark changes something")
    change = epsilon * amplitude
  }

  /// - Parameters:
  ///   - images: (N, C, H, W).
  ///   - carriers: one an image, in the same layout: 255 for +1, 0 for −1.
  package func mark(_ images: [UInt8], carriers: [UInt8]) -> [UInt8] {
    precondition(carriers.count == images.count, "an image has one carrier")
    return zip(images, carriers).map { value, carrier in
      UInt8(clamping: Int(value) + (carrier == 0 ? -change : change))
    }
  }

  /// - Parameters:
  ///   - images: (N, C, H, W).
  ///   - carriers: one an image, in the same layout: 255 for +1, 0 for −1.
  ///   - strengths: m in 1/255, in the same layout.
  package func mark(_ images: [UInt8], carriers: [UInt8], strengths: [UInt8]) -> [UInt8] {
    precondition(carriers.count == images.count && strengths.count == images.count, "a carrier and strengths an image")
    return images.indices.map { index in
      let step = (2 * change * Int(strengths[index]) + 255) / 510
      return UInt8(clamping: Int(images[index]) + (carriers[index] == 0 ? -step : step))
    }
  }
}
