import Foundation

/// A linear axis: where values lie on the drawing.
struct Scale: Sendable, Equatable {
  let lower: Double
  let upper: Double
  /// Drawing coordinates of both ends; the first may be the larger one.
  let start: Double
  let end: Double

  /// - Parameter values: what has to fit; an axis without width gets some.
  init(_ values: some Sequence<Double>, padding: Double = 0, from start: Double, to end: Double) {
    let finite = values.filter(\.isFinite)
    var lower = finite.min() ?? 0
    var upper = finite.max() ?? 1
    if upper - lower < 1e-9 * max(1, abs(upper)) { (lower, upper) = (lower - 0.5, upper + 0.5) }
    let room = (upper - lower) * padding
    self.init(lower: lower - room, upper: upper + room, from: start, to: end)
  }

  init(lower: Double, upper: Double, from start: Double, to end: Double) {
    precondition(lower < upper, "an axis has a width")
    self.lower = lower
    self.upper = upper
    self.start = start
    self.end = end
  }

  func callAsFunction(_ value: Double) -> Double {
    start + (min(max(value, lower), upper) - lower) / (upper - lower) * (end - start)
  }

  /// About so many round values within the axis: multiples of 1, 2, 2.5 or 5 times a power of ten.
  func ticks(_ wanted: Int) -> [Double] {
    let rough = (upper - lower) / Double(max(1, wanted))
    let power = pow(10, log10(rough).rounded(.down))
    let step = ([1, 2, 2.5, 5, 10].first { $0 * power >= rough * 0.999 } ?? 10) * power
    let first = Int((lower / step - 1e-9).rounded(.up))
    let last = Int((upper / step + 1e-9).rounded(.down))
    return first <= last ? (first...last).map { Double($0) * step } : []
  }

  /// Counts of `values` in equal bins over the axis; what lies outside is counted at its end.
  func histogram(_ values: [Double], bins: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: bins)
    for value in values where value.isFinite {
      let place = (value - lower) / (upper - lower) * Double(bins)
      counts[min(bins - 1, max(0, Int(place)))] += 1
    }
    return counts
  }
}
