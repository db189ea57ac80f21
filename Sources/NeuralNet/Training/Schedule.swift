import Foundation

/// The learning rate as a pure function of the number of steps already taken.
package enum Schedule: Codable, Hashable, Sendable {
  case constant(rate: Float)
  /// Multiplied by `factor` after every `every` steps.
  case step(rate: Float, every: Int, factor: Float = 0.1)
  /// Half a cosine from `rate` to `minimum` over `steps`, then `minimum`.
  case cosine(rate: Float, steps: Int, minimum: Float = 0)
  /// Up from peak/25 over the first `warmup` share of the steps and down to peak/250,000, both along half a cosine.
  ///
  /// - Source: Smith & Topin 2018, with the constants of PyTorch's OneCycleLR.
  case oneCycle(peak: Float, steps: Int, warmup: Float = 0.3)

  /// The rate of step number `step`, counted from 0.
  package func rate(at step: Int) -> Float {
    switch self {
    case .constant(let rate): return rate
    case .step(let rate, let every, let factor):
      return Float(Double(rate) * pow(Double(factor), Double(step / max(every, 1))))
    case .cosine(let rate, let steps, let minimum):
      return Self.cosine(from: rate, to: minimum, at: Double(step) / Double(max(steps, 1)))
    case .oneCycle(let peak, let steps, let warmup):
      // The last step, number steps − 1, has the least rate; the peak lies at a fractional step.
      let last = Double(max(steps - 1, 1))
      let top = Double(warmup) * Double(steps) - 1
      if Double(step) <= top { return Self.cosine(from: peak / 25, to: peak, at: Double(step) / top) }
      return Self.cosine(from: peak, to: peak / 250_000, at: (Double(step) - top) / max(last - top, 1))
    }
  }

  private static func cosine(from start: Float, to end: Float, at progress: Double) -> Float {
    let share = (1 + cos(.pi * min(max(progress, 0), 1))) / 2
    return Float(Double(end) + (Double(start) - Double(end)) * share)
  }
}
