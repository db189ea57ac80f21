/// Linear least squares, by Cholesky's decomposition of the normal equations.
///
/// Features of networks are often dependent: channels that are dead, or fewer images than channels. So as much is added to
/// the diagonal as rounding cannot tell from nothing, 10⁻¹⁰ of its mean, and of all that fit equally well the least X is
/// found, nearly.
package enum LeastSquares {
  /// Of the mean of the diagonal of AᵀA.
  private static let ridge = 1e-10

  /// X that minimises ‖A·X − B‖ in Frobenius' norm.
  /// - Parameters:
  ///   - a: (n, p), row by row.
  ///   - b: (n, q), row by row.
  /// - Returns: X, (p, q), row by row.
  /// - Throws: `notFinite` for a value in either, `tooFew` for no rows, `noDifference` if A is zero.
  package static func solve(_ a: [Float], _ b: [Float], rows n: Int) throws(EvidenceError) -> [Double] {
    guard n > 0 else { throw .tooFew(what: "rows to align", count: n, least: 1) }
    precondition(a.count.isMultiple(of: n) && b.count.isMultiple(of: n), "whole rows")
    let (p, q) = (a.count / n, b.count / n)
    for (what, values) in [("feature", a), ("target feature", b)] {
      if let index = values.firstIndex(where: { !$0.isFinite }) { throw .notFinite(what: what, index: index) }
    }
    var normal = product(a, a, rows: n, upper: true)
    let trace = (0..<p).reduce(0) { $0 + normal[$1 * p + $1] }
    guard trace > 0 else { throw .noDifference(count: a.count) }
    for place in 0..<p { normal[place * p + place] += ridge * trace / Double(p) }
    decompose(&normal, p)
    var x = product(a, b, rows: n, upper: false)
    substitute(normal, p, into: &x, q)
    return x
  }

  /// AᵀB, (p, q); only its upper triangle if asked. Features are often zero, which is skipped.
  private static func product(_ a: [Float], _ b: [Float], rows n: Int, upper: Bool) -> [Double] {
    let (p, q) = (a.count / n, b.count / n)
    var sums = [Double](repeating: 0, count: p * q)
    for row in 0..<n {
      for i in 0..<p where a[row * p + i] != 0 {
        let factor = Double(a[row * p + i])
        for j in (upper ? i : 0)..<q { sums[i * q + j] += factor * Double(b[row * q + j]) }
      }
    }
    return sums
  }

  /// M = UᵀU of a symmetric positive M, of which the upper triangle is read and replaced by U.
  private static func decompose(_ m: inout [Double], _ p: Int) {
    for k in 0..<p {
      // The ridge is far above what rounding takes away.
      let pivot = max(m[k * p + k], .leastNormalMagnitude).squareRoot()
      m[k * p + k] = pivot
      for j in k + 1..<p { m[k * p + j] /= pivot }
      for i in k + 1..<p where m[k * p + i] != 0 {
        let factor = m[k * p + i]
        for j in i..<p { m[i * p + j] -= factor * m[k * p + j] }
      }
    }
  }

  /// Solves UᵀU·X = R in place, R and X (p, q).
  private static func substitute(_ u: [Double], _ p: Int, into x: inout [Double], _ q: Int) {
    func divide(_ row: Int) { for j in 0..<q { x[row * q + j] /= u[row * p + row] } }
    func subtract(_ factor: Double, _ row: Int, from other: Int) {
      if factor == 0 { return }
      for j in 0..<q { x[other * q + j] -= factor * x[row * q + j] }
    }
    for k in 0..<p {
      divide(k)
      for i in k + 1..<p { subtract(u[k * p + i], k, from: i) }
    }
    for k in (0..<p).reversed() {
      for j in k + 1..<p { subtract(u[k * p + j], j, from: k) }
      divide(k)
    }
  }
}
