import Foundation

/// An SVG under construction. Its colours are the page's, by class, so that it follows light and dark.
///
/// Drawings in pages are 340 units wide, about the width of a telephone, so that their text keeps its size there; wider
/// pages set several side by side.
package struct Drawing {
  static let width = 340.0
  /// Of a letter at the charts' size, on average; it only decides where lines of text break.
  static let letter = 6.0
  let width: Double
  let height: Double
  private var content: Markup = .none

  init(width: Double = Self.width, height: Double) {
    self.width = width
    self.height = height
  }

  /// The `<svg>`; `title` and `description` are read out in place of the picture.
  func markup(title: String, description: String) -> Markup {
    """
    <svg viewBox="0 0 \(Self.number(width)) \(Self.number(height))" role="img">\
    <title>\(title)</title><desc>\(description)</desc>\(content)</svg>
    """
  }

  /// The same as a file on its own, with its style in it.
  func file(title: String, description: String) -> String {
    let size: Markup = "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
    let file: Markup = """
      <?xml version="1.0" encoding="UTF-8"?>
      <svg xmlns="http://www.w3.org/2000/svg" \(size) viewBox="0 0 \(Self.number(width)) \(Self.number(height))" role="img">
      <title>\(title)</title>
      <desc>\(description)</desc>
      <style>
      \(ChartStyle.standalone)
      </style>
      <rect class="paper" \(size) />
      \(content)
      </svg>

      """
    return file.source
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

  /// - Parameter label: what is shown to who points at it.
  mutating func bar(
    _ style: Style, x: ClosedRange<Double>, y: ClosedRange<Double>, opacity: Double = 1, label: String? = nil
  ) {
    let thin: Markup = opacity == 1 ? .none : " opacity=\"\(String(format: "%.2f", opacity))\""
    var end: Markup = " />"
    if let label { end = "><title>\(label)</title></rect>" }
    content += """
      <rect class="\(style.rawValue)" x="\(Self.number(x.lowerBound))" y="\(Self.number(y.lowerBound))" \
      width="\(Self.number(x.upperBound - x.lowerBound))" height="\(Self.number(y.upperBound - y.lowerBound))"\(thin)\(end)
      """
  }

  mutating func dot(_ style: Style, at point: (Double, Double), radius: Double) {
    content += """
      <circle class="\(style.rawValue)" cx="\(Self.number(point.0))" cy="\(Self.number(point.1))" r="\(Self.number(radius))" />
      """
  }

  /// - Parameter degrees: how far the text is turned to the right about its point.
  mutating func text(
    _ text: String, at point: (Double, Double), _ anchor: Anchor = .start, _ style: TextStyle = .soft,
    turned degrees: Double = 0
  ) {
    let (x, y) = (Self.number(point.0), Self.number(point.1))
    let turn: Markup = degrees == 0 ? .none : " transform=\"rotate(\(Self.number(degrees)) \(x) \(y))\""
    content += """
      <text class="\(style.rawValue)" x="\(x)" y="\(y)" text-anchor="\(anchor.rawValue)"\(turn)>\(text)</text>
      """
  }

  enum Style: String {
    case axis, grid, plain, own, limit, hollow, outline
    case lineOwn = "line-own"
    case rugPlain = "rug-plain"
    case rugOwn = "rug-own"
    /// Of one scale in two directions.
    static let (gain, loss) = (Style.dot3, Style.dot2)
    case line1 = "line-1"
    case line2 = "line-2"
    case line3 = "line-3"
    case line4 = "line-4"
    case line5 = "line-5"
    case line6 = "line-6"
    case dot1 = "dot-1"
    case dot2 = "dot-2"
    case dot3 = "dot-3"
    case dot4 = "dot-4"
    case dot5 = "dot-5"
    case dot6 = "dot-6"

    /// Of curves that lie in one chart; from the seventh on they repeat.
    static func curve(_ number: Int) -> (line: Style, dot: Style) {
      let styles: [(Style, Style)] = [
        (.line1, .dot1), (.line2, .dot2), (.line3, .dot3), (.line4, .dot4), (.line5, .dot5), (.line6, .dot6),
      ]
      return styles[number % styles.count]
    }
  }

  enum TextStyle: String {
    case soft, strong, named, warned, inverse
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
