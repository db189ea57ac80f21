import Foundations

/// A change that is the same on every picture of one size: the pattern that a model is to learn.
protocol Trigger: Sendable {
  /// (C, H, W) of the pictures that it is made for.
  var shape: ImageShape { get }
  /// How far it goes.
  var budget: ChangeBudget { get }

  /// A picture (C, H, W) that shows it, rounded to 8 bits.
  func shown(on picture: ArraySlice<UInt8>) -> [UInt8]
}

/// A square in the bottom right corner, and how much of it is seen.
/// - Source: METHODS §2: BadNets, Blended (in a corner), UBW-P
struct PatchTrigger: Trigger {
  let shape: ImageShape
  /// (side, side), the same in every channel.
  let pattern: [UInt8]
  let side: Int
  /// a: 1 replaces what is there, less lets it shine through.
  let opacity: Double

  /// - Parameter pattern: rows from the top, as many values as a square has.
  init(_ pattern: [UInt8], opacity: Double = 1, on shape: ImageShape) {
    (self.shape, self.pattern, self.opacity) = (shape, pattern, opacity)
    side = Int(Double(pattern.count).squareRoot())
    precondition(side * side == pattern.count && side <= shape.shorterSide, "a square that the pictures have room for")
  }

  /// A white square.
  static func white(_ side: Int, opacity: Double = 1, on shape: ImageShape) -> Self {
    Self([UInt8](repeating: 255, count: side * side), opacity: opacity, on: shape)
  }

  var budget: ChangeBudget {
    .patch(
      PixelRegion(
        top: shape.height - side, left: shape.width - side, bottom: shape.height - 1, right: shape.width - 1),
      by: Int((255 * opacity).rounded(.up)))
  }

  func shown(on picture: ArraySlice<UInt8>) -> [UInt8] {
    var marked = Array(picture)
    for channel in 0..<shape.channels {
      for row in 0..<side {
        let start = (channel * shape.height + shape.height - side + row) * shape.width + shape.width - side
        for column in 0..<side {
          marked[start + column] = blend(marked[start + column], pattern[row * side + column], opacity)
        }
      }
    }
    return marked
  }
}

/// A picture over every picture: x′ = (1 − a)x + a·pattern.
/// - Source: METHODS §2: Blended
struct BlendTrigger: Trigger {
  let shape: ImageShape
  /// (C, H, W).
  let pattern: [UInt8]
  /// a.
  let opacity: Double

  var budget: ChangeBudget { .linf(Int((255 * opacity).rounded(.up))) }

  func shown(on picture: ArraySlice<UInt8>) -> [UInt8] { zip(picture, pattern).map { blend($0, $1, opacity) } }
}

/// (1 − a)x + a·pattern, rounded to the nearest, of halves to the even.
private func blend(_ value: UInt8, _ pattern: UInt8, _ opacity: Double) -> UInt8 {
  UInt8(((1 - opacity) * Double(value) + opacity * Double(pattern)).rounded(.toNearestOrEven))
}
