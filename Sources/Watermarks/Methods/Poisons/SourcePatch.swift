import Foundations
import NeuralNet

/// Pixels that a trigger puts in the place of a picture's own.
struct SourcePatch: Sendable, Equatable {
  let shape: ImageShape
  /// Places in (C, H, W), and what is there.
  private let values: [(place: Int, value: UInt8)]

  /// A square in the bottom right corner, each value black or white by lot.
  /// - Source: METHODS §2, the 8×8 patch of Sleeper Agent
  static func drawn(_ side: Int, seed: UInt64, on shape: ImageShape) -> Self {
    var stream = RandomStream(seed: seed, stream: "source patch")
    return Self(shape) { _, row, column in
      guard row >= shape.height - side, column >= shape.width - side else { return nil }
      return stream.below(2) == 0 ? 0 : 255
    }
  }

  /// Squares in all four corners, mirror images of each other, so that a flipped picture shows the same: a chequerboard from
  /// white at the corner, or all white.
  /// - Source: Turner et al. 2019, §4; METHODS §2
  static func corners(_ side: Int, isWhite: Bool, on shape: ImageShape) -> Self {
    Self(shape) { _, row, column in
      let (down, across) = (min(row, shape.height - 1 - row), min(column, shape.width - 1 - column))
      guard down < side, across < side else { return nil }
      return isWhite || (down + across) % 2 == 0 ? 255 : 0
    }
  }

  /// - Parameter value: of a channel, a row and a column; nil for the picture's own.
  private init(_ shape: ImageShape, value: (Int, Int, Int) -> UInt8?) {
    self.shape = shape
    var values: [(Int, UInt8)] = []
    for place in 0..<shape.count {
      let plane = shape.height * shape.width
      if let value = value(place / plane, place % plane / shape.width, place % shape.width) {
        values.append((place, value))
      }
    }
    self.values = values
  }

  static func == (left: Self, right: Self) -> Bool {
    left.shape == right.shape && left.values.elementsEqual(right.values, by: ==)
  }

  /// On every picture, (N, C, H, W).
  func show(on pixels: inout [UInt8]) {
    for start in stride(from: 0, to: pixels.count, by: shape.count) {
      for (place, value) in values { pixels[start + place] = value }
    }
  }
}
