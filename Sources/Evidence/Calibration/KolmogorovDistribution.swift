import Glibc

extension KolmogorovSmirnov {
  /// ln P(D ≥ d) for n uniform values.
  ///
  /// Exact up to `exactLimit` values. Where n·d² ≥ 4 it is twice the one-sided tail: both sides at once have a chance below
  /// e^(−8nd²), a share of 1e-10 of it. Elsewhere it is 1 − P(D < d), which is above 1e-4 there.
  static func logTail(_ distance: Double, count: Int) -> Double {
    let n = Double(count)
    if distance >= 1 { return -.infinity }
    if distance <= 1 / (2 * n) { return 0 }
    let scaled = n * distance * distance
    if scaled >= 4 { return min(0, log(2.0) + oneSidedLogTail(distance, count: count)) }
    if count > exactLimit { return limitingLogTail(scaled.squareRoot()) }
    return log(max(0, 1 - exactCumulative(distance, count: count)))
  }

  /// ln P(D⁺ ≥ d) = ln d + ln Σ C(n, j)·(d + j/n)^(j−1)·(1 − d − j/n)^(n−j), a sum of positive terms.
  /// - Source: Smirnov 1944; Birnbaum & Tingey 1951
  private static func oneSidedLogTail(_ d: Double, count: Int) -> Double {
    let n = Double(count)
    var terms: [Double] = []
    for j in 0...count {
      let rest = 1 - d - Double(j) / n
      if rest <= 0 { break }
      terms.append(
        LogSpace.choose(count, j) + Double(j - 1) * log(d + Double(j) / n) + Double(count - j) * log(rest))
    }
    return log(d) + LogSpace.sum(terms)
  }

  /// P(D < d) = n!/nⁿ times the middle entry of Hⁿ, H of order 2k − 1 with k = ⌈nd⌉; here one row of Hⁿ, a step at a time.
  /// - Source: Durbin 1973; Marsaglia, Tsang & Wang, "Evaluating Kolmogorov's distribution", 2003
  private static func exactCumulative(_ d: Double, count: Int) -> Double {
    let n = Double(count)
    let k = Int(n * d) + 1
    let order = 2 * k - 1
    let h = Double(k) - n * d
    // H[i][j] = 1/(i − j + 1)! for i − j + 1 ≥ 0, corrected in the first column and the last row.
    var inverseFactorial = [Double](repeating: 1, count: order + 2)
    for index in 1..<(order + 2) { inverseFactorial[index] = inverseFactorial[index - 1] / Double(index) }
    var matrix = [Double](repeating: 0, count: order * order)
    for i in 0..<order {
      for j in 0..<min(order, i + 2) { matrix[i * order + j] = inverseFactorial[i - j + 1] }
    }
    for i in 0..<order {
      matrix[i * order] -= pow(h, Double(i + 1)) * inverseFactorial[i + 1]
      matrix[(order - 1) * order + i] -= pow(h, Double(order - i)) * inverseFactorial[order - i]
    }
    // The corner belongs to both borders: 1 − 2hᵐ, and (2h − 1)ᵐ more where h > ½.
    if h > 0.5 { matrix[(order - 1) * order] += pow(2 * h - 1, Double(order)) * inverseFactorial[order] }
    var row = [Double](repeating: 0, count: order)
    row[k - 1] = 1
    var logScale = 0.0
    for step in 1...count {
      var next = [Double](repeating: 0, count: order)
      for i in 0..<order where row[i] != 0 {
        for j in 0..<min(order, i + 2) { next[j] += row[i] * matrix[i * order + j] }
      }
      // n!/nⁿ is taken in as we go, which keeps the numbers near 1.
      let factor = Double(step) / n
      for j in 0..<order { next[j] *= factor }
      row = next
      if let largest = row.max(), largest > 0, largest < 1e-100 {
        for j in 0..<order { row[j] /= largest }
        logScale += log(largest)
      }
    }
    return row[k - 1] * exp(logScale)
  }

  /// ln of 2 Σ (−1)^(j−1) exp(−2j²x²), Kolmogorov's limit for x = √n·d.
  static func limitingLogTail(_ x: Double) -> Double {
    if x < 0.2 { return 0 }  // 1 − p < 1e-12 there
    var series = 0.0
    for j in stride(from: 100.0, through: 2, by: -1) {
      series += (Int(j) % 2 == 0 ? -1 : 1) * exp(-2 * (j * j - 1) * x * x)
    }
    return min(0, log(2.0) - 2 * x * x + log1p(series))
  }
}
