import Foundation

/// Curves over one horizontal axis, such as what an attack leaves of a mark.
package struct LineChart: ChartPanel {
  package struct Series: Sendable {
    let name: String
    let points: [(x: Double, y: Double)]

    /// - Parameter points: in any order; those that are not finite are left out.
    package init(_ name: String, _ points: [(x: Double, y: Double)]) {
      self.name = name
      self.points = points.filter { $0.x.isFinite && $0.y.isFinite }.sorted { $0.x < $1.x }
    }
  }

  /// What the horizontal axis shows.
  package enum Horizontal: Sendable {
    case numbers(title: String)
    /// Names at the places 0, 1, 2 …, whose points no line joins.
    case names([String])
  }

  package enum Vertical: Sendable {
    /// With values that it shows whatever the points are.
    case linear(including: [Double])
    /// Decades; what is not above 0 is left out.
    case logarithmic(including: [Double])
  }

  package let title: String
  private let series: [Series]
  private let horizontal: Horizontal
  private let vertical: Vertical
  private let limit: (value: Double, name: String)?

  /// - Parameters:
  ///   - title: what is drawn, with its unit.
  ///   - series: at most six can be told apart.
  ///   - limit: a dashed line with its name.
  package init(
    _ title: String, _ series: [Series], over horizontal: Horizontal, vertical: Vertical = .linear(including: [0, 1]),
    limit: (value: Double, name: String)? = nil
  ) {
    self.title = title
    self.horizontal = horizontal
    self.vertical = vertical
    self.limit = limit
    if case .logarithmic = vertical {
      self.series = series.map { Series($0.name, $0.points.filter { $0.y > 0 }) }
    } else {
      self.series = series
    }
  }

  /// Where each curve begins and ends.
  package var description: String {
    series.map { series in
      guard let first = series.points.first, let last = series.points.last else { return "\(series.name): nothing." }
      let ends = [first, last].map { "\(Figures.tick($0.y)) at \(place($0.x))" }
      return "\(series.name): \(series.points.count == 1 ? ends[0] : "\(ends[0]) to \(ends[1])")."
    }.joined(separator: " ")
  }

  private func place(_ x: Double) -> String {
    if case .names(let names) = horizontal, let index = Int(exactly: x), names.indices.contains(index) {
      return names[index]
    }
    return Figures.tick(x)
  }
}

// MARK: - Drawing

extension LineChart {
  private static let plotHeight = 128.0
  private static let (left, right) = (44.0, 330.0)
  private static let legendLine = 15.0

  /// Units from the top to the end of the axis' title.
  package var height: Double { plotTop + Self.plotHeight + axisHeight }

  private var plotTop: Double { 26 + Double(legend.count) * Self.legendLine }

  private var axisHeight: Double {
    switch horizontal {
    case .numbers: 36
    case .names(let names): 16 + Drawing.letter * Double(names.map(\.count).max() ?? 0) * 0.87
    }
  }

  /// Numbers of the series in each line of the legend, with their places.
  private var legend: [[(number: Int, x: Double)]] {
    var lines: [[(number: Int, x: Double)]] = []
    var end = Double.infinity
    for (number, series) in series.enumerated() {
      let width = 26 + Drawing.letter * Double(series.name.count) + 12
      if end + width > Self.right {
        lines.append([])
        end = 4
      }
      lines[lines.count - 1].append((number: number, x: end))
      end += width
    }
    return lines
  }

  package func draw(in drawing: inout Drawing, at origin: (x: Double, y: Double)) {
    drawing.text(title, at: (origin.x + 4, origin.y + 13), .start, .strong)
    for (line, entries) in legend.enumerated() {
      let y = origin.y + 28 + Double(line) * Self.legendLine
      for entry in entries {
        let (style, x) = (Drawing.Style.curve(entry.number), origin.x + entry.x)
        drawing.line(style.line, from: (x, y - 4), to: (x + 20, y - 4))
        drawing.dot(style.dot, at: (x + 10, y - 4), radius: 3)
        drawing.text(series[entry.number].name, at: (x + 25, y))
      }
    }
    let (top, base) = (origin.y + plotTop, origin.y + plotTop + Self.plotHeight)
    let (start, end) = (origin.x + Self.left, origin.x + Self.right)
    let (y, ticks) = verticalScale(from: base, to: top)
    let x = horizontalScale(from: start, to: end)
    drawing.vertical(y, at: start, ticks: ticks, gridTo: end)
    drawHorizontal(in: &drawing, x, at: base)
    if let limit {
      let height = y(position(limit.value))
      drawing.line(.limit, from: (start, height), to: (end, height))
      drawing.text(limit.name, at: (end, height - 4), .end, .warned)
    }
    for (number, series) in series.enumerated() {
      let style = Drawing.Style.curve(number)
      let points = series.points.map { (x($0.x), y(position($0.y))) }
      if case .numbers = horizontal { drawing.path(style.line, through: points) }
      for point in points { drawing.dot(style.dot, at: point, radius: points.count > 30 ? 1.5 : 3) }
    }
  }

  /// Where a value lies on the vertical scale.
  private func position(_ value: Double) -> Double {
    if case .logarithmic = vertical { return log10(max(value, .leastNormalMagnitude)) }
    return value
  }

  private func verticalScale(from base: Double, to top: Double) -> (Scale, ticks: [(Double, String)]) {
    let values = series.flatMap { $0.points.map(\.y) } + (limit.map { [$0.value] } ?? [])
    switch vertical {
    case .linear(let included):
      let scale = Scale(values + included, from: base, to: top)
      return (scale, scale.ticks(5).map { ($0, Figures.tick($0)) })
    case .logarithmic(let included):
      let exponents = (values + included).filter { $0 > 0 }.map(position)
      let lower = (exponents.min() ?? -1).rounded(.down)
      let upper = max((exponents.max() ?? 0).rounded(.up), lower + 1)
      let step = max(1, Int((upper - lower) / 5))
      let ticks = stride(from: Int(upper), through: Int(lower), by: -step).map { (Double($0), Figures.power($0)) }
      return (Scale(lower: lower, upper: upper, from: base, to: top), ticks)
    }
  }

  private func horizontalScale(from start: Double, to end: Double) -> Scale {
    switch horizontal {
    case .numbers: Scale(series.flatMap { $0.points.map(\.x) }, padding: 0.02, from: start, to: end)
    case .names(let names): Scale(lower: -0.5, upper: Double(max(names.count, 1)) - 0.5, from: start, to: end)
    }
  }

  private func drawHorizontal(in drawing: inout Drawing, _ x: Scale, at base: Double) {
    switch horizontal {
    case .numbers(let title):
      drawing.horizontal(x, at: base, ticks: x.ticks(6).map { ($0, Figures.tick($0)) }, title: title)
    case .names(let names):
      drawing.line(.axis, from: (x.start, base), to: (x.end, base))
      for (index, name) in names.enumerated() {
        drawing.text(name, at: (x(Double(index)) + 3, base + 12), .end, .soft, turned: -60)
      }
    }
  }
}
