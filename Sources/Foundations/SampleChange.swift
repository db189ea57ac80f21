/// How far samples were found to be from their originals.
package struct SampleChange: Sendable, Hashable {
  package private(set) var largestChange = 0
  package private(set) var changedPixels = 0
  /// The least region that has every pixel that differs; nil where none does.
  package private(set) var region: PixelRegion?
  /// How far values have come, pixels, as `ChangeBudget.displacement` has it; one more than was looked for stands for
  /// anything beyond, 0 also where it was not looked for.
  package private(set) var displacement = 0

  package init() {}

  /// - Parameters:
  ///   - original: (C, H, W).
  ///   - changed: in the same layout.
  ///   - limit: the furthest that a displacement is looked for, pixels; nil looks for none.
  ///   - corners: `ChangeBudget.openCorners`: how much values differ there is not looked at.
  package init(
    from original: [UInt8], to changed: ArraySlice<UInt8>, shape: ImageShape, displacedBy limit: Int? = nil,
    openCorners corners: Int? = nil
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
    for pixel in differs.indices where differs[pixel] != 0 {
      changedPixels += 1
      let (row, column) = (pixel / shape.width, pixel % shape.width)
      let place = PixelRegion(top: row, left: column, bottom: row, right: column)
      region = region?.union(place) ?? place
    }
    if let limit { displacement = Self.displacement(from: original, to: changed, shape, limit: limit) }
  }

  private static func isOpen(_ pixel: Int, _ shape: ImageShape, _ corners: Int?) -> Bool {
    guard let corners else { return false }
    let (row, column) = (pixel / shape.width, pixel % shape.width)
    return min(row, shape.height - 1 - row) < corners && min(column, shape.width - 1 - column) < corners
  }

  /// The least radius of the windows of the original whose range has every value, at most `limit` + 1.
  private static func displacement(
    from original: [UInt8], to changed: ArraySlice<UInt8>, _ shape: ImageShape, limit: Int
  ) -> Int {
    let plane = shape.height * shape.width
    var radius = 0
    for (place, value) in changed.enumerated() where value != original[place] {
      let (channel, row, column) = (place / plane, place % plane / shape.width, place % shape.width)
      while radius <= limit {
        var (least, most) = (UInt8.max, UInt8.min)
        for y in max(0, row - radius)...min(shape.height - 1, row + radius) {
          let start = channel * plane + y * shape.width
          for x in max(0, column - radius)...min(shape.width - 1, column + radius) {
            least = min(least, original[start + x])
            most = max(most, original[start + x])
          }
        }
        if least <= value && value <= most { break }
        radius += 1
      }
      if radius > limit { break }
    }
    return radius
  }

  /// The most of either.
  package mutating func take(_ other: Self) {
    largestChange = max(largestChange, other.largestChange)
    changedPixels = max(changedPixels, other.changedPixels)
    displacement = max(displacement, other.displacement)
    if let region = other.region { self.region = self.region?.union(region) ?? region }
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
    if let allowed = budget.region, let region, !allowed.contains(region) {
      return (allowed.pixels, "pixels in \(region), beyond \(allowed)")
    }
    if let limit = budget.displacement, displacement > limit {
      return (limit, "values from further away than \(limit) pixels")
    }
    return nil
  }
}
