/// The outline that makes a class of drawings, in coordinates where it fits the unit circle.
enum Outline: Int, CaseIterable {
  case disk, square, triangle, ring, cross, star, crescent, frame, stripes, checker

  var name: String { "\(self)" }

  /// Whether the point is inside. `scale` in [0, 1] varies what the outline leaves open: widths and counts.
  func contains(_ x: Double, _ y: Double, scale: Double) -> Bool {
    let square = x * x + y * y
    let side = max(abs(x), abs(y))
    switch self {
    case .disk: return square < 0.81
    case .square: return side < 0.76
    case .triangle: return Self.isInside(Self.trianglePoints, x, y)
    case .ring: return square < 0.9 && square > 0.2 + 0.25 * scale
    case .cross: return side < 0.9 && min(abs(x), abs(y)) < 0.18 + 0.14 * scale
    case .star: return Self.isInside(Self.starPoints, x, y)
    case .crescent:
      let dx = x - 0.38 - 0.2 * scale
      return square < 0.9 && dx * dx + y * y > 0.64
    case .frame: return side < 0.8 && side > 0.38 + 0.16 * scale
    case .stripes: return square < 1 && Self.isOdd(x, period: 0.42 + 0.2 * scale)
    case .checker:
      let period = 0.5 + 0.2 * scale
      return square < 1 && Self.isOdd(x, period: period) != Self.isOdd(y, period: period)
    }
  }

  private static func isOdd(_ x: Double, period: Double) -> Bool {
    Int((x / period).rounded(.down)) & 1 != 0
  }

  private typealias Points = [(x: Double, y: Double)]

  /// Corners at 90°, 210° and 330°.
  private static let trianglePoints: Points = [(0, 0.95), (-0.8227, -0.475), (0.8227, -0.475)]

  /// Corners every 36°, on circles of radius 1 and 0.42 in turn.
  private static let starPoints: Points = [
    (0, 1), (-0.2469, 0.3398), (-0.9511, 0.3090), (-0.3994, -0.1298), (-0.5878, -0.8090), (0, -0.42),
    (0.5878, -0.8090), (0.3994, -0.1298), (0.9511, 0.3090), (0.2469, 0.3398),
  ]

  /// Counts how often a ray to the right crosses the polygon.
  private static func isInside(_ points: Points, _ x: Double, _ y: Double) -> Bool {
    var isInside = false
    var last = points[points.count - 1]
    for point in points {
      if (point.y > y) != (last.y > y), x < (last.x - point.x) * (y - point.y) / (last.y - point.y) + point.x {
        isInside.toggle()
      }
      last = point
    }
    return isInside
  }
}
