import Foundations

/// Rows of text for a terminal, in columns as wide as what is in them.
package struct TextTable {
  private let rows: [[String]]

  /// - Parameter rows: they may differ in length. What the cells hold may come from outside.
  package init(_ rows: [[String]]) { self.rows = rows.map { $0.map(\.printable) } }

  /// Without the columns that are empty below the first row, the heading.
  package var withoutEmptyColumns: TextTable {
    let filled = (rows.first ?? []).indices.filter { column in
      rows.dropFirst().contains { column < $0.count && !$0[column].isEmpty }
    }
    return TextTable(rows.map { row in filled.map { $0 < row.count ? row[$0] : "" } })
  }

  /// A line for each row: two blanks between columns, none at the end.
  package var lines: [String] {
    let count = rows.map(\.count).max() ?? 0
    let widths = (0..<count).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
      var line = zip(row, widths).map { text, width in text + String(repeating: " ", count: width - text.count) }
        .joined(separator: "  ")
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
