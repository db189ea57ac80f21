import Kernels

/// How far flat features (N, d, 1, 1) have moved along given directions, and how far at all, one image at a time.
struct Displacement: @unchecked Sendable {
  let features: Activation
  /// nil where nobody needs the gradient of the features.
  let gradient: Activation?
  let accumulate: Bool
  let lanes: Int
  /// (N, d) each.
  let origins: UnsafePointer<Float>
  let directions: UnsafePointer<Float>
  /// λ.
  let distanceWeight: Float
  let coefficient: UnsafePointer<Float>
  let summands: UnsafeMutablePointer<Double>

  /// Share of image n in the loss, and gradient: coefficient · (λ·(f − o)/‖f − o‖ − u).
  func evaluate(_ n: Int) {
    let count = features.channels
    let (origin, direction) = (origins + n * count, directions + n * count)
    var (product, square) = (0.0, 0.0)
    for k in 0..<count {
      let moved = Double(features[n, k, lanes]) - Double(origin[k])
      product += moved * Double(direction[k])
      square += moved * moved
    }
    let distance = square.squareRoot()
    summands[n] = Double(distanceWeight) * distance - product
    guard let gradient else { return }
    let pull = distance > 0 ? distanceWeight / Float(distance) : 0
    for k in 0..<count {
      let slope = coefficient[0] * (pull * (features[n, k, lanes] - origin[k]) - direction[k])
      gradient[n, k, lanes] = accumulate ? gradient[n, k, lanes] + slope : slope
    }
    if !accumulate { gradient.clearPadding(n, lanes: lanes) }
  }
}
