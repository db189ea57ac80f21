/// Charts under one title, as an SVG file that needs nothing else.
package struct ChartFigure: Sendable {
  private let title: String
  private let note: String
  private let charts: [any ChartPanel]
  private let columns: Int

  /// - Parameters:
  ///   - note: below the title, on as many lines as it takes.
  ///   - columns: charts side by side, at least 1.
  package init(_ title: String, note: String = "", _ charts: [any ChartPanel], columns: Int = 2) {
    precondition(columns >= 1, "charts stand in columns")
    self.title = title
    self.note = note
    self.charts = charts
    self.columns = min(columns, max(charts.count, 1))
  }

  private static let (margin, gap, noteLine) = (8.0, 24.0, 16.0)

  private var width: Double {
    2 * Self.margin + Double(columns) * Drawing.width + Double(columns - 1) * Self.gap
  }

  /// The note, broken between words.
  var noteLines: [String] {
    let letters = Int((width - 2 * (Self.margin + 4)) / Drawing.letter)
    return note.split(separator: " ").reduce(into: []) { lines, word in
      if let last = lines.last, last.count + 1 + word.count <= letters {
        lines[lines.count - 1] = "\(last) \(word)"
      } else {
        lines.append(String(word))
      }
    }
  }

  /// The file's content; the same for the same figures.
  package var svg: String {
    let rows = stride(from: 0, to: charts.count, by: columns).map {
      Array(charts[$0..<min(charts.count, $0 + columns)])
    }
    let heights = rows.map { row in row.map(\.height).max() ?? 0 }
    let noteLines = noteLines
    let top = Self.margin + 26 + Double(noteLines.count) * Self.noteLine
    var drawing = Drawing(
      width: width,
      height: top + heights.reduce(0, +) + Double(max(rows.count - 1, 0)) * Self.gap + Self.margin)
    drawing.text(title, at: (Self.margin + 4, Self.margin + 13), .start, .strong)
    for (number, line) in noteLines.enumerated() {
      drawing.text(line, at: (Self.margin + 4, Self.margin + 29 + Double(number) * Self.noteLine))
    }
    var y = top
    for (row, height) in zip(rows, heights) {
      for (column, chart) in row.enumerated() {
        chart.draw(in: &drawing, at: (Self.margin + Double(column) * (Drawing.width + Self.gap), y))
      }
      y += height + Self.gap
    }
    return drawing.file(
      title: title, description: charts.map { "\($0.title). \($0.description)" }.joined(separator: " "))
  }
}
