/// α over everybody who is ever accused: what each new claim gets of what is left, so that all claims together never have
/// more than α, however many come and whenever.
///
/// A claim is one suspect and one release. The k-th gets 1/(k + 1) of what its predecessors left, and of an untouched α that
/// is α/(k(k + 1)): a half, a sixth, a twelfth, a twentieth, … The sum of the first n is α(1 − 1/(n + 1)), so something is
/// always left. Beside 6α/(π²k²), the other usual series, only the first share is smaller (.50 for .61), and every later one
/// larger. No series that has a sum decays much more slowly, and one that did would take from the first what nobody after
/// the fifth can use: a book of carriers holds no more than 4,560 keys, and below a share of .036 none of them convicts at
/// α = .01.
///
/// Who knows the number N of claims beforehand divides α evenly instead: then each gets α/N as long as α lasts.
/// - Source: METHODS §5.5; Σ 1/(k(k + 1)) telescopes to 1
package struct ClaimSpending: Sendable, Equatable {
  /// α in (0, 1), over all claims.
  package let alpha: Double

  package init(alpha: Double) {
    precondition(alpha > 0 && alpha < 1, "α in (0, 1)")
    self.alpha = alpha
  }

  /// α of the next claim; nil if nothing worth a claim is left.
  /// - Parameters:
  ///   - granted: what the claims before it got.
  ///   - claims: N, the number of claims that was settled beforehand; 0 for none.
  package func next(after granted: [Double], of claims: Int = 0) -> Double? {
    let left = alpha - granted.reduce(0, +)
    let share = claims > 0 ? min(alpha / Double(claims), left) : left / Double(granted.count + 2)
    // What rounding leaves of an α that was divided evenly is no share.
    return share > alpha * 1e-9 ? share : nil
  }

  /// 1/(k(k + 1)): the k-th claim's share of an α that nothing but this series is taken from.
  package static func share(ofClaim claim: Int) -> Double {
    precondition(claim >= 1, "claims are counted from 1")
    return 1 / (Double(claim) * (Double(claim) + 1))
  }
}
