/// A figure with its name, and what it is measured against.
package struct Fact: Sendable {
  package let name: String
  package let value: String
  package let detail: String

  package init(_ name: String, _ value: String, detail: String = "") {
    self.name = name
    self.value = value
    self.detail = detail
  }
}

extension [Fact] {
  /// Large figures side by side.
  var figures: Markup {
    let items = map { fact -> Markup in
      let detail: Markup? = fact.detail.isEmpty ? nil : "<small>\(fact.detail)</small>"
      return "<div><dt>\(fact.name)</dt><dd>\(fact.value)\(detail)</dd></div>"
    }
    return "<dl class=\"facts\">\(items)</dl>"
  }

  /// Names and values below each other.
  var list: Markup {
    let items = map { fact -> Markup in
      let detail: Markup? = fact.detail.isEmpty ? nil : " <span class=\"soft\">\(fact.detail)</span>"
      return "<dt>\(fact.name)</dt><dd>\(fact.value)\(detail)</dd>"
    }
    return "<dl class=\"list\">\(items)</dl>"
  }
}

/// A table whose rows become cards on narrow screens, each cell under its column's name.
struct Table {
  struct Column {
    let name: String
    var isNumber = false
    /// Never broken over lines.
    var isKept = false
  }

  enum Row {
    case group(String)
    /// One cell a column; the first names the row.
    case cells([Markup])
  }

  let columns: [Column]
  let rows: [Row]
  /// Many short cells: two beside each other on a narrow screen, the second cell alone.
  var isDense = false

  var markup: Markup {
    let heads = columns.map { "<th scope=\"col\"\(Self.style($0))>\($0.name)</th>" as Markup }
    return """
      <div class="wide"><table class="\(isDense ? "cards dense" : "cards")"><thead><tr>\(heads)</tr></thead>
      <tbody>
      \(rows.map(line))</tbody></table></div>
      """
  }

  private func line(_ row: Row) -> Markup {
    switch row {
    case .group(let name):
      return "<tr class=\"group\"><th colspan=\"\(columns.count)\" scope=\"rowgroup\">\(name)</th></tr>\n"
    case .cells(let cells):
      precondition(cells.count == columns.count, "a cell for each column")
      let content = zip(columns, cells).enumerated().map { place, pair -> Markup in
        let (column, cell) = pair
        return place == 0
          ? "<th scope=\"row\">\(cell)</th>"
          : "<td data-name=\"\(column.name)\"\(Self.style(column))>\(cell)</td>"
      }
      return "<tr>\(content)</tr>\n"
    }
  }

  private static func style(_ column: Column) -> Markup? {
    column.isNumber ? " class=\"n\"" : column.isKept ? " class=\"keep\"" : nil
  }
}
