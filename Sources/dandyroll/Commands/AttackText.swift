import Attacks
import Foundation
import Jobs
import Trials

/// An attack's report as lines for a terminal: what was attacked, then a row a model.
struct AttackText {
  let report: AttackReport

  var lines: [String] {
    let suspect = "\(report.model.architecture):\(report.model.width)"
    let head =
      ["attack   \(report.attack) on \(suspect), \(report.release)"] + (report.images.map { ["images   \($0)"] } ?? [])
    let heading = [report.rows.first?.parameter.name ?? ""] + FindingColumns.heading + ["agrees on"]
    return head + TextTable([heading] + report.rows.map(cells)).withoutEmptyColumns.lines
  }

  private func cells(_ row: AttackRow) -> [String] {
    [row.parameter.value.description] + FindingColumns.cells(row.finding, alpha: report.alpha)
      + [row.agreement.map { String(format: "%.3f", $0) } ?? ""]
  }
}
