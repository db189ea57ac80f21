/// A share for every pair of two things, such as how often a mark made with one network is learned by another.
package struct MatrixChart: ChartPanel {
  package let title: String
  private let rows: [String]
  private let columns: [String]
  private let values: [[Double?]]
  private let axes: (rows: String, columns: String)

  /// - Parameters:
  ///   - values: (rows, columns), in [0, 1]; nil for a pair that was not measured.
  ///   - axes: what the rows and what the columns are.
  package init(
    _ title: String, _ values: [[Double?]], rows: [String], columns: [String], axes: (rows: String, columns: String)
  ) {
    precondition(values.count == rows.count && values.allSatisfy { $0.count == columns.count }, "a value for each pair")
    self.title = title
    self.values = values
    self.rows = rows
    self.columns = columns
    self.axes = axes
  }

  private static let (left, right, top, cell) = (82.0, 330.0, 44.0, 30.0)

  package var height: Double { Self.top + Self.cell * Double(rows.count) + 12 }

  package var description: String {
    let cells = zip(rows, values).map { row, values in
      "\(row): " + zip(columns, values).map { "\($0) \(Figures.decimal($1, 2))" }.joined(separator: ", ") + "."
    }
    return (["\(axes.rows) by \(axes.columns)."] + cells).joined(separator: " ")
  }

  package func draw(in drawing: inout Drawing, at origin: (x: Double, y: Double)) {
    drawing.text(title, at: (origin.x + 4, origin.y + 13), .start, .strong)
    drawing.text("\(axes.rows) ↓  \(axes.columns) →", at: (origin.x + 4, origin.y + 26))
    let (left, top) = (origin.x + Self.left, origin.y + Self.top)
    let width = (Self.right - Self.left) / Double(max(columns.count, 1))
    for (column, name) in columns.enumerated() {
      drawing.text(name, at: (left + (Double(column) + 0.5) * width, top - 5), .middle)
    }
    for (row, name) in rows.enumerated() {
      let y = top + Double(row) * Self.cell
      drawing.text(name, at: (left - 6, y + Self.cell / 2 + 4), .end)
      for (column, value) in values[row].enumerated() {
        let x = left + Double(column) * width
        let share = value.map { min(max($0, 0), 1) }
        drawing.bar(.grid, x: (x + 1)...(x + width - 1), y: (y + 1)...(y + Self.cell - 1))
        if let share {
          drawing.bar(.own, x: (x + 1)...(x + width - 1), y: (y + 1)...(y + Self.cell - 1), opacity: share)
        }
        drawing.text(
          Figures.decimal(value, 2), at: (x + width / 2, y + Self.cell / 2 + 4), .middle,
          (share ?? 0) > 0.6 ? .inverse : .strong)
      }
    }
  }
}
