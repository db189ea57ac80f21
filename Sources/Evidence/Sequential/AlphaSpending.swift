import Glibc

/// The error that repeated looks at one key may spend: look a gets α_a = 6α/(π²a²), and all looks together α.
/// - Source: METHODS §5.5; Σ 1/a² = π²/6
package struct AlphaSpending: Sendable, Hashable {
  /// α in (0, 1), over all looks.
  package let alpha: Double

  package init(alpha: Double) {
    precondition(alpha > 0 && alpha < 1, "α in (0, 1)")
    self.alpha = alpha
  }

  /// 6/(π²a²): the share of look a.
  static func share(ofLook look: Int) -> Double {
    precondition(look >= 1, "looks are counted from 1")
    return 6 / (Double.pi * Double.pi * Double(look) * Double(look))
  }

  /// α_a.
  package func level(ofLook look: Int) -> Double { alpha * Self.share(ofLook: look) }

  /// The fewest decoys with which look a can convict: 1/(k + 1) ≤ α_a. Draw as many before the first query as the last
  /// planned look needs.
  package func decoysNeeded(forLook look: Int) -> Int { Int((1 / level(ofLook: look)).rounded(.up)) - 1 }

  /// The last look at which k decoys can convict; 0 if there is none.
  package func lastLook(withDecoys decoys: Int) -> Int {
    Int((alpha * 6 / (Double.pi * Double.pi) * Double(decoys + 1)).squareRoot())
  }
}
