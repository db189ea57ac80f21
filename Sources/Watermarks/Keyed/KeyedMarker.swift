import NeuralNet

/// Paints carriers on images: x → round8(clip(x + A·ε·c, 0, 1)).
///
/// A is 1 on what is released, so that ε holds; verification images are never published and may use more.
/// - Source: METHODS §7(b), (c)
package struct KeyedMarker: Sendable {
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
}
