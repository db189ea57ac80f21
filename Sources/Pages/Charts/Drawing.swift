import Foundation

/// An SVG under construction. Its colours are the page's, by class, so that it follows light and dark.
///
/// Drawings are 340 units wide, about the width of a telephone, so that their text keeps its size there; wider pages set
/// several side by side.
struct Drawing {
  static let width = 340.0
  let height: Double
  private var content: Markup = .none

  init(height: Double) { self.height = height }

  /// The `<svg>`; `title` and `description` are read out in place of the picture.
  func markup(title: String, description: String) -> Markup {
    """
    <svg viewBox="0 0 \(Self.number(Self.width)) \(Self.number(height))" role="img">\
    <title>\(title)</title><desc>\(description)</desc>\(content)</svg>
    """
  }

  mutating func line(_ style: Style, from first: (Double, Double), to second: (Double, Double)) {
    content += """
      <path class="\(style.rawValue)" d="M\(Self.number(first.0)) \(Self.number(first.1))\
      L\(Self.number(second.0)) \(Self.number(second.1))" />
      """
  }

  mutating func path(_ style: Style, through points: [(Double, Double)]) {
    let steps = points.enumerated().map { place, point in
      "\(place == 0 ? "M" : "L")\(Self.number(point.0)) \(Self.number(point.1))"
    }
    if !steps.isEmpty { content += "<path class=\"\(style.rawValue)\" d=\"\(steps.joined())\" />" }
  }

  /// Short vertical lines, one path for all.
  mutating func strokes(_ style: Style, at places: [Double], from top: Double, to bottom: Double) {
    let steps = places.map { "M\(Self.number($0)) \(Self.number(top))V\(Self.number(bottom))" }
    if !steps.isEmpty { content += "<path class=\"\(style.rawValue)\" d=\"\(steps.joined())\" />" }
  }

  mutating func bar(_ style: Style, x: ClosedRange<Double>, y: ClosedRange<Double>) {
    content += """
      <rect class="\(style.rawValue)" x="\(Self.number(x.lowerBound))" y="\(Self.number(y.lowerBound))" \
      width="\(Self.number(x.upperBound - x.lowerBound))" height="\(Self.number(y.upperBound - y.lowerBound))" />
      """
  }

  mutating func dot(_ style: Style, at point: (Double, Double), radius: Double) {
    content += """
      <circle class="\(style.rawValue)" cx="\(Self.number(point.0))" cy="\(Self.number(point.1))" r="\(Self.number(radius))" />
      """
  }

  mutating func text(_ text: String, at point: (Double, Double), _ anchor: Anchor = .start, _ style: TextStyle = .soft)
  {
    content += """
      <text class="\(style.rawValue)" x="\(Self.number(point.0))" y="\(Self.number(point.1))" \
      text-anchor="\(anchor.rawValue)">\(text)</text>
      """
  }

  enum Style: String {
    case axis, grid, plain, own, limit, hollow
    case linePlain = "line-plain"
    case lineOwn = "line-own"
    case rugPlain = "rug-plain"
    case rugOwn = "rug-own"
  }

  enum TextStyle: String {
    case soft, strong, named, warned
  }

  enum Anchor: String {
    case start, middle, end
  }

  private static func number(_ value: Double) -> String {
    let text = String(format: "%.1f", value)
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }
}

extension Drawing {
  /// A horizontal axis at `y` with ticks below it and a title below these.
  mutating func horizontal(_ scale: Scale, at y: Double, ticks: [(Double, String)], title: String) {
    line(.axis, from: (scale.start, y), to: (scale.end, y))
    for (value, label) in ticks {
      let x = scale(value)
      line(.axis, from: (x, y), to: (x, y + 4))
      text(label, at: (x, y + 15), .middle)
    }
    text(title, at: ((scale.start + scale.end) / 2, y + 29), .middle)
  }

  /// Labels of a vertical axis left of `x`, with grid lines up to `right`.
  mutating func vertical(_ scale: Scale, at x: Double, ticks: [(Double, String)], gridTo right: Double) {
    for (value, label) in ticks {
      let y = scale(value)
      line(.grid, from: (x, y), to: (right, y))
      text(label, at: (x - 5, y + 3.5), .end)
    }
  }
}
