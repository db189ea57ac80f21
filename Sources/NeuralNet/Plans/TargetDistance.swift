import Kernels

/// Weighted squared distance of flat features (N, d, 1, 1) from given ones, one image at a time.
struct TargetDistance: @unchecked Sendable {
  let features: Activation
  /// nil where nobody needs the gradient of the features.
  let gradient: Activation?
  let accumulate: Bool
  let lanes: Int
  /// (N, d).
  let targets: UnsafePointer<Float>
  let weights: UnsafePointer<Float>
  let coefficient: UnsafePointer<Float>
  let summands: UnsafeMutablePointer<Double>

  /// Summand and gradient of image n: weight · coefficient · 2(x − target).
  func evaluate(_ n: Int) {
    let target = targets + n * features.channels
    var sum = 0.0
    for k in 0..<features.channels {
      let difference = Double(features[n, k, lanes]) - Double(target[k])
      sum += difference * difference
    }
    summands[n] = Double(weights[n]) * sum
    guard let gradient else { return }
    let scale = 2 * weights[n] * coefficient[0]
    for k in 0..<features.channels {
      let slope = scale * (features[n, k, lanes] - target[k])
      gradient[n, k, lanes] = accumulate ? gradient[n, k, lanes] + slope : slope
    }
    if !accumulate { gradient.clearPadding(n, lanes: lanes) }
  }
}
