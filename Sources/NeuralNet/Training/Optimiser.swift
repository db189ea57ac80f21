import Kernels

/// How weights follow their gradients; the defaults are PyTorch's.
package enum OptimiserKind: Codable, Hashable, Sendable {
  /// - Source: Kingma & Ba 2015, algorithm 1; weight decay is added to the gradient.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// - Source: Sutskever et al. 2013 for Nesterov's form; weight decay is added to the gradient.
  case sgd(momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0)
}

/// Applies one optimiser step to all weights of a store, in parallel.
final class Optimiser: @unchecked Sendable {
  let kind: OptimiserKind
  let schedule: Schedule
  /// Steps already taken.
  var steps = 0

  /// Floats a unit updates: four arrays of 16 KiB, which stay in the first two cache levels.
  private static let grain = 4096

  init(_ kind: OptimiserKind, schedule: Schedule) {
    self.kind = kind
    self.schedule = schedule
  }

  /// The work for one store. It reads the number of steps when it runs, so that one work serves every step.
  func work(on store: ParameterStore, table: KernelTable) -> Work {
    let count = store.weights.count
    let (weights, gradients) = (store.weights.pointer, store.gradients.pointer)
    let (first, second) = (store.firstMoment.pointer, store.secondMoment.pointer)
    let (adam, sgd) = (table.adam, table.sgd)
    return Work(units: (count + Self.grain - 1) / Self.grain) { [self] units in
      let start = units.lowerBound * Self.grain
      let share = min(units.upperBound * Self.grain, count) - start
      let rate = schedule.rate(at: steps)
      switch kind {
      case .adam(let beta1, let beta2, let epsilon, let weightDecay):
        adam(
          weights + start, gradients + start, first + start, second + start, share, rate, beta1, beta2, epsilon,
          weightDecay, steps + 1)
      case .sgd(let momentum, let nesterov, let weightDecay):
        sgd(weights + start, gradients + start, first + start, share, rate, momentum, nesterov, weightDecay)
      }
      withExtendedLifetime(store) {}
    }
  }
}
