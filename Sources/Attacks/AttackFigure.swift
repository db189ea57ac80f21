import Foundation
import Pages
import Trials
import Watermarks

/// An attack's report as a figure: accuracy and mark over what was swept, and the p-value beside them.
package struct AttackFigure: Sendable {
  private let report: AttackReport

  package init(_ report: AttackReport) { self.report = report }

  /// The content of an SVG file.
  package var svg: String {
    let model = "\(report.model.architecture):\(report.model.width), \(report.release)"
    return ChartFigure(title, note: "\(model). The first point is the model before.", [shares, probabilities]).svg
  }

  private var title: String {
    switch report.settings {
    case .fineTuning(let settings): "Fine-tuned on \(percent(settings.share)) of the clean data"
    case .pruning: "Last features pruned, least active first"
    case .extraction(let settings): "Extracted by its \(settings.answers.rawValue), \(report.images ?? 0) images"
    case .transformation: "Queries changed before the model sees them"
    }
  }

  private var shares: LineChart {
    LineChart(
      "accuracy and mark",
      [
        curve("BA") { $0.ba }, curve("WSR") { $0.wsr }, curve("ΔP") { $0.figures.deltaP },
      ], over: horizontal)
  }

  /// Marks without a key have no decoys; there it is the paper's t-test.
  private var probabilities: LineChart {
    var curves = [
      report.rows.first?.finding.decider == .rankAmongKeys
        ? curve("p among decoys") { $0.figures.pDecoy } : curve("p of the t-test") { $0.figures.pT }
    ]
    if report.rows.contains(where: { $0.finding.pPanel != nil }) {
      curves.append(curve("p among references") { $0.pPanel })
    }
    return LineChart(
      "p-value", curves, over: horizontal, vertical: .logarithmic(including: [report.alpha, 1]),
      limit: (report.alpha, "α = \(report.alpha)"))
  }

  private var horizontal: LineChart.Horizontal {
    switch report.settings {
    case .fineTuning, .extraction: .numbers(title: "epochs")
    case .pruning: .numbers(title: "share of the features pruned")
    case .transformation:
      .names(report.rows.map(\.parameter.value.description))
    }
  }

  private func curve(_ name: String, _ figure: (ModelFinding) -> Double?) -> LineChart.Series {
    LineChart.Series(
      name,
      report.rows.enumerated().compactMap { place, row in
        guard let value = figure(row.finding) else { return nil }
        return (row.parameter.number ?? Double(place), value)
      })
  }

  private func percent(_ share: Double) -> String { "\(String(format: "%.3g", share * 100)) %" }
}
