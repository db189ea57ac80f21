/// The gradient of a loss with respect to what a network learns, all tensors behind each other in the order of their names.
struct WeightGradient {
  var values: [Float]

  var norm: Double { dot(self).squareRoot() }

  func dot(_ other: Self) -> Double {
    var sum = 0.0
    for (left, right) in zip(values, other.values) { sum += Double(left) * Double(right) }
    return sum
  }

  /// a·self + b·other.
  func combined(_ a: Double, _ other: Self, _ b: Double) -> Self {
    var result = self
    for place in values.indices {
      result.values[place] = Float(a * Double(values[place]) + b * Double(other.values[place]))
    }
    return result
  }
}
