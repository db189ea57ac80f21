/// A figure over the audits of a suspect, with the line that it has to reach.
package struct SeriesChart: Sendable {
  package struct Point: Sendable {
    /// Seconds since 1970.
    let time: Int
    let value: Double
    /// Hollow if the audit was inconclusive.
    let isConclusive: Bool

    package init(time: Int, value: Double, isConclusive: Bool = true) {
      self.time = time
      self.value = value
      self.isConclusive = isConclusive
    }
  }

  private let points: [Point]
  private let title: String
  private let unit: String
  private let threshold: (value: Double, name: String)?
  private let includes: [Double]

  /// - Parameters:
  ///   - points: in any order; those that are not finite are left out.
  ///   - title: what is drawn, such as "ΔP of acme-vision".
  ///   - unit: of the vertical axis, in words.
  ///   - threshold: a dashed line with its name.
  ///   - includes: values that the vertical axis shows whatever the points are.
  package init(
    _ points: [Point], title: String, unit: String, threshold: (value: Double, name: String)? = nil,
    includes: [Double] = [0]
  ) {
    self.points = points.filter(\.value.isFinite).sorted { $0.time < $1.time }
    self.title = title
    self.unit = unit
    self.threshold = threshold
    self.includes = includes
  }

  package var markup: Markup {
    var drawing = Drawing(height: 176)
    let base = 138.0
    let x = Scale(points.map { Double($0.time) }, padding: 0.03, from: 42, to: 330)
    let y = Scale(
      points.map(\.value) + includes + (threshold.map { [$0.value] } ?? []), padding: 0.06, from: base, to: 24)
    drawing.text(unit, at: (4, 12))
    drawing.vertical(y, at: x.start, ticks: y.ticks(4).map { ($0, Figures.tick($0)) }, gridTo: x.end)
    drawing.horizontal(x, at: base, ticks: days, title: "date of the audit (UTC)")
    if let threshold {
      drawing.line(.limit, from: (x.start, y(threshold.value)), to: (x.end, y(threshold.value)))
      drawing.text(threshold.name, at: (x.end, y(threshold.value) - 5), .end, .warned)
    }
    let places = points.map { (x(Double($0.time)), y($0.value)) }
    drawing.path(.lineOwn, through: places)
    for (point, place) in zip(points, places) {
      drawing.dot(point.isConclusive ? .own : .hollow, at: place, radius: points.count > 60 ? 2 : 3.5)
    }
    if points.isEmpty { drawing.text("no audit yet", at: (186, 84), .middle) }
    return drawing.markup(title: title, description: description)
  }

  /// The first and the last day, and the one in between where there is room.
  private var days: [(Double, String)] {
    guard let first = points.first?.time, let last = points.last?.time else { return [] }
    let times = last - first > 3 * 86_400 ? [first, first + (last - first) / 2, last] : [first]
    return times.map { (Double($0), Times.day($0)) }
  }

  private var description: String {
    guard let last = points.last else { return "No audit yet." }
    let limit = threshold.map { "; \($0.name) at \(Figures.tick($0.value))" } ?? ""
    return "\(Figures.count(points.count, "audit")), the last at \(Figures.decimal(last.value, 3))\(limit)."
  }
}
