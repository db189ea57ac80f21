/// How far a marked sample may be from its original, in terms that anybody can check who has both.
package struct ChangeBudget: Sendable, Hashable {
  /// The most that a value may differ, in 1/255: ε.
  package var largestChange: Int
  /// How many pixels may differ at all, whatever their number of channels; nil for any number.
  package var changedPixels: Int?
  /// The side of squares in the four corners, pixels, where the first of these limits does not hold; nil for none.
  package var openCorners: Int?

  package init(largestChange: Int, changedPixels: Int? = nil, openCorners: Int? = nil) {
    precondition(largestChange >= 0, "a change is no less than none")
    self.largestChange = largestChange
    self.changedPixels = changedPixels
    self.openCorners = openCorners
  }

  /// Every value may change by as much: |x′ − x| ≤ ε, ε in 1/255.
  package static func linf(_ epsilon: Int) -> Self { Self(largestChange: epsilon) }
}

/// How far samples were found to be from their originals.
package struct SampleChange: Sendable, Hashable {
  package private(set) var largestChange = 0
  package private(set) var changedPixels = 0

  package init() {}

  /// - Parameters:
  ///   - original: (C, H, W).
  ///   - changed: in the same layout.
  ///   - corners: `ChangeBudget.openCorners`: how much values differ there is not looked at.
  package init(
    from original: [UInt8], to changed: ArraySlice<UInt8>, shape: ImageShape, openCorners corners: Int? = nil
  ) {
    var differs = [UInt8](repeating: 0, count: shape.height * shape.width)
    var largest: UInt8 = 0
    var (before, after) = (original[...], changed[...])
    for _ in 0..<shape.channels {
      for pixel in differs.indices {
        let (first, second) = (before[before.startIndex + pixel], after[after.startIndex + pixel])
        let difference = first > second ? first - second : second - first
        if largest < difference, !Self.isOpen(pixel, shape, corners) { largest = difference }
        differs[pixel] |= difference
      }
      before = before.dropFirst(differs.count)
      after = after.dropFirst(differs.count)
    }
    largestChange = Int(largest)
    changedPixels = differs.count { $0 != 0 }
  }

  private static func isOpen(_ pixel: Int, _ shape: ImageShape, _ corners: Int?) -> Bool {
    guard let corners else { return false }
    let (row, column) = (pixel / shape.width, pixel % shape.width)
    return min(row, shape.height - 1 - row) < corners && min(column, shape.width - 1 - column) < corners
  }

  /// The most of either.
  package mutating func take(_ other: Self) {
    largestChange = max(largestChange, other.largestChange)
    changedPixels = max(changedPixels, other.changedPixels)
  }

  package func keeps(to budget: ChangeBudget) -> Bool { overstepped(in: budget) == nil }

  /// The first limit that does not hold; `text` says by what.
  package func overstepped(in budget: ChangeBudget) -> (limit: Int, text: String)? {
    if largestChange > budget.largestChange {
      return (budget.largestChange, "\(largestChange)/255, more than ε = \(budget.largestChange)/255")
    }
    if let limit = budget.changedPixels, changedPixels > limit {
      return (limit, "\(changedPixels) pixels, more than \(limit)")
    }
    return nil
  }
}
