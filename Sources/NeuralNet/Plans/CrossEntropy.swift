import Foundation
import Kernels

/// Softmax cross-entropy over blocked logits (N, K, 1, 1), one image at a time.
struct CrossEntropy: @unchecked Sendable {
  let logits: Activation
  /// nil where nobody needs the gradient of the logits.
  let gradient: Activation?
  let accumulate: Bool
  let lanes: Int
  let labels: UnsafePointer<Int32>
  let weights: UnsafePointer<Float>
  let coefficient: UnsafePointer<Float>
  let summands: UnsafeMutablePointer<Double>
  let hits: UnsafeMutablePointer<Int32>

  /// Loss, hit and gradient of image n: weight · coefficient · (softmax − one-hot).
  func evaluate(_ n: Int) {
    let classes = logits.channels
    let label = Int(labels[n])
    var (greatest, best) = (-Float.infinity, 0)
    for k in 0..<classes where logits[n, k, lanes] > greatest { (greatest, best) = (logits[n, k, lanes], k) }
    var sum = 0.0
    for k in 0..<classes { sum += Double(exp(logits[n, k, lanes] - greatest)) }
    summands[n] = Double(weights[n]) * (log(sum) + Double(greatest) - Double(logits[n, label, lanes]))
    hits[n] = best == label && weights[n] != 0 ? 1 : 0
    guard let gradient else { return }
    let scale = weights[n] * coefficient[0]
    let inverse = Float(1 / sum)
    for k in 0..<classes {
      let slope = scale * (exp(logits[n, k, lanes] - greatest) * inverse - (k == label ? 1 : 0))
      gradient[n, k, lanes] = accumulate ? gradient[n, k, lanes] + slope : slope
    }
    if !accumulate { gradient.clearPadding(n, lanes: lanes) }
  }
}

extension Activation {
  /// Element (n, k, 0, 0).
  subscript(n: Int, k: Int, lanes: Int) -> Float {
    get { base[n * imageStride + k / lanes * blockStride + k % lanes] }
    nonmutating set { base[n * imageStride + k / lanes * blockStride + k % lanes] = newValue }
  }

  /// Lanes past the classes belong to no logit and are zero in every activation.
  func clearPadding(_ n: Int, lanes: Int) {
    for k in channels..<(channels + lanes - 1) / lanes * lanes { self[n, k, lanes] = 0 }
  }
}
