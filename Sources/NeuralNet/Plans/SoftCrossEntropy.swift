import Foundation
import Kernels

/// Cross-entropy of softmax over blocked logits (N, K, 1, 1) with given probabilities, one image at a time.
struct SoftCrossEntropy: @unchecked Sendable {
  let logits: Activation
  /// nil where nobody needs the gradient of the logits.
  let gradient: Activation?
  let accumulate: Bool
  let lanes: Int
  /// q, (N, K).
  let targets: UnsafePointer<Float>
  let coefficient: UnsafePointer<Float>
  let summands: UnsafeMutablePointer<Double>
  let hits: UnsafeMutablePointer<Int32>

  /// Share of image n in the mean loss, hit, and gradient: coefficient / N · (Σq · softmax − q).
  func evaluate(_ n: Int) {
    let classes = logits.channels
    let target = targets + n * classes
    var (greatest, best, wanted) = (-Float.infinity, 0, 0)
    for k in 0..<classes {
      if logits[n, k, lanes] > greatest { (greatest, best) = (logits[n, k, lanes], k) }
      if target[k] > target[wanted] { wanted = k }
    }
    var (sum, mass, product) = (0.0, 0.0, 0.0)
    for k in 0..<classes {
      sum += Double(exp(logits[n, k, lanes] - greatest))
      mass += Double(target[k])
      product += Double(target[k]) * Double(logits[n, k, lanes])
    }
    let share = 1 / Double(logits.images)
    summands[n] = share * (mass * (log(sum) + Double(greatest)) - product)
    hits[n] = best == wanted ? 1 : 0
    guard let gradient else { return }
    let scale = Float(share) * coefficient[0]
    let inverse = Float(mass / sum)
    for k in 0..<classes {
      let slope = scale * (exp(logits[n, k, lanes] - greatest) * inverse - target[k])
      gradient[n, k, lanes] = accumulate ? gradient[n, k, lanes] + slope : slope
    }
    if !accumulate { gradient.clearPadding(n, lanes: lanes) }
  }
}
