import Foundation
import Networks

/// Changes images so that a classifier that learns them is moved as if it learned something else.
///
/// φ = 1 − cos(∇θ L(poisons), s), where L is the mean cross-entropy with the poisons' own labels and s the gradient that is
/// wanted. ∂φ/∂g = −(s/(‖g‖‖s‖) − cos·g/‖g‖²) for g = ∇θ L, and so ∂φ/∂δ is a directional derivative of ∇θ L along it:
/// three passes over the poisons, and no second-order differentiation.
/// - Source: Souri et al., "Sleeper Agent", 2021, eq. 4; METHODS §2
struct GradientMatching {
  let gradients: LossGradients

  /// φ of at most a batch of poisons.
  func loss(_ images: [Float], _ targets: [Float], toward wanted: WeightGradient) -> Double {
    Self.distance(gradients.byWeights(images, targets).gradient, wanted).loss
  }

  /// φ, and ∂φ/∂images (count, C, H, W), images in [0, 1].
  func step(
    _ images: [Float], _ targets: [Float], toward wanted: WeightGradient
  ) -> (loss: Double, gradient: [Float]) {
    let (loss, direction) = Self.distance(gradients.byWeights(images, targets).gradient, wanted)
    guard let direction else { return (loss, [Float](repeating: 0, count: images.count)) }
    return (loss, gradients.byImages(images, targets, along: direction))
  }

  /// φ and ∂φ/∂g; no direction where nothing is wanted, or g is exactly that.
  static func distance(_ g: WeightGradient, _ wanted: WeightGradient) -> (loss: Double, direction: WeightGradient?) {
    let (size, other) = (g.norm, wanted.norm)
    guard other > 0, other.isFinite, size.isFinite else { return (1, nil) }
    // Where the poisons move nothing any move in the right direction helps.
    guard size > 0 else { return (1, wanted.combined(-1 / other, wanted, 0)) }
    let cosine = g.dot(wanted) / (size * other)
    let direction = wanted.combined(-1 / (size * other), g, cosine / (size * size))
    return (1 - cosine, direction.norm > 0 ? direction : nil)
  }
}

/// Adam on the signs of gradients, on changes that stay within ε and the images within 0 … 255.
/// - Source: Kingma & Ba 2015, algorithm 1; Souri et al. 2021 for the signs
struct SignedAdam {
  /// Steps that were taken, of each batch of images alike.
  private static let (beta1, beta2, epsilon): (Float, Float, Float) = (0.9, 0.999, 1e-8)

  /// One step on a range of the changes.
  /// - Parameters:
  ///   - rate: in 1/255.
  ///   - number: of this step, from 1.
  static func step(
    _ changes: inout [Float], _ first: inout [Float], _ second: inout [Float], _ range: Range<Int>, gradient: [Float],
    rate: Float, number: Int, bound: Float, originals: [Float]
  ) {
    let (correction1, correction2) = (1 - pow(beta1, Float(number)), 1 - pow(beta2, Float(number)))
    for (place, index) in range.enumerated() {
      let sign: Float = gradient[place] > 0 ? 1 : gradient[place] < 0 ? -1 : 0
      first[index] = beta1 * first[index] + (1 - beta1) * sign
      second[index] = beta2 * second[index] + (1 - beta2) * sign * sign
      let move = rate * (first[index] / correction1) / ((second[index] / correction2).squareRoot() + epsilon)
      let change = min(max(changes[index] - move, -bound), bound)
      changes[index] = min(max(originals[place] + change, 0), 255) - originals[place]
    }
  }
}
