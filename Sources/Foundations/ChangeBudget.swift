/// How far a marked sample may be from its original, in terms that anybody can check who has both.
package struct ChangeBudget: Sendable, Hashable {
  /// The most that a value may differ, in 1/255: ε.
  package var largestChange: Int
  /// How many pixels may differ at all, whatever their number of channels; nil for any number.
  package var changedPixels: Int?
  /// Where pixels may differ at all; nil for anywhere.
  package var region: PixelRegion?
  /// How far a picture may be bent, pixels: no value is above the largest or below the least that the original has in the
  /// same channel within so many rows and columns of its place. Nil for any value.
  package var displacement: Int?
  /// The side of squares in the four corners, pixels, where the first of these limits does not hold; nil for none.
  package var openCorners: Int?

  package init(
    largestChange: Int, changedPixels: Int? = nil, region: PixelRegion? = nil, displacement: Int? = nil,
    openCorners: Int? = nil
  ) {
    precondition(largestChange >= 0, "a change is no less than none")
    self.largestChange = largestChange
    self.changedPixels = changedPixels
    self.region = region
    self.displacement = displacement
    self.openCorners = openCorners
  }

  /// Every value may change by as much: |x′ − x| ≤ ε, ε in 1/255.
  package static func linf(_ epsilon: Int) -> Self { Self(largestChange: epsilon) }

  /// A patch: any value of its pixels, and no other pixel.
  package static func patch(_ region: PixelRegion, by largestChange: Int = 255) -> Self {
    Self(largestChange: largestChange, changedPixels: region.pixels, region: region)
  }

  /// A picture that is bent by at most so many pixels.
  package static func warp(_ displacement: Int) -> Self { Self(largestChange: 255, displacement: displacement) }
}

/// A rectangle of pixels that is not empty: rows `top` to `bottom`, columns `left` to `right`, all of them included.
package struct PixelRegion: Codable, Sendable, Hashable {
  package private(set) var top, left, bottom, right: Int

  package init(top: Int, left: Int, bottom: Int, right: Int) {
    precondition(0 <= top && top <= bottom && 0 <= left && left <= right, "a region has pixels")
    (self.top, self.left, self.bottom, self.right) = (top, left, bottom, right)
  }

  /// - Throws: `DecodingError`, also for what is no rectangle within the largest image.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    func decode(_ key: CodingKeys, from least: Int) throws -> Int {
      let value = try container.decode(Int.self, forKey: key)
      guard (least...1 << 16).contains(value) else {
        throw DecodingError.dataCorruptedError(
          forKey: key, in: container, debugDescription: "\(value) is no row or column of an image here")
      }
      return value
    }
    top = try decode(.top, from: 0)
    left = try decode(.left, from: 0)
    bottom = try decode(.bottom, from: top)
    right = try decode(.right, from: left)
  }

  package var pixels: Int { (bottom - top + 1) * (right - left + 1) }

  package func contains(_ other: Self) -> Bool {
    top <= other.top && left <= other.left && other.bottom <= bottom && other.right <= right
  }

  /// The least region that has both.
  func union(_ other: Self) -> Self {
    Self(
      top: min(top, other.top), left: min(left, other.left), bottom: max(bottom, other.bottom),
      right: max(right, other.right))
  }
}

extension PixelRegion: CustomStringConvertible {
  package var description: String { "rows \(top) to \(bottom), columns \(left) to \(right)" }
}
