import Foundation
import Jobs
import Pages
import Trials

/// A reproduced table or figure as curves: what is measured, beside the paper's numbers where it prints any.
package struct ReproductionFigure: Sendable {
  private let report: ReproductionReport

  package init(_ report: ReproductionReport) { self.report = report }

  /// The content of an SVG file; nil for tables whose numbers are not one another's neighbours.
  package var svg: String? {
    let charts: [any ChartPanel] =
      switch report.table {
      case .table1: []
      case .table2: [scenarios]
      case .figure4:
        [swept("rate", title: "share of the class that is marked"), swept("epsilon", title: "ε, in 1/255")]
      case .figure5:
        [swept("epochs", title: "epochs of fine-tuning"), swept("pruned", title: "share of the features pruned")]
      case .figure6: methods.map(transfer)
      }
    guard !charts.isEmpty else { return nil }
    let note = """
      \(report.dataset.title), \(report.users), \(report.settings.epochs) epochs, \
      \(report.trainingSamples) training images, scale \(report.scale.rawValue).
      """
    return ChartFigure(report.table.title, note: note, charts).svg
  }

  private var methods: [PaperMethod] { report.methods }

  /// ΔP in each scenario, of each method and of the paper.
  private var scenarios: LineChart {
    let names = QualificationRow.Scenario.allCases
    func curve(_ name: String, _ rows: [ReproductionRow], _ figure: (ReproductionRow) -> Double?) -> LineChart.Series {
      LineChart.Series(
        name,
        rows.compactMap { row in
          guard let place = names.firstIndex(of: row.scenario), let value = figure(row) else { return nil }
          return (Double(place), value)
        })
    }
    let measured = methods.map { method in
      curve(method.rawValue, report.rows.filter { $0.method == method }) { $0.finding?.figures.deltaP }
    }
    let paper = methods.first.map { method in
      curve("the paper", report.rows.filter { $0.method == method }) { $0.paper?.deltaP }
    }
    return LineChart(
      "ΔP", measured + [paper].compactMap(\.self), over: .names(names.map(\.rawValue)),
      limit: (report.margin, "τ = \(report.margin)"))
  }

  /// BA, WSR and ΔP of each method over one parameter.
  private func swept(_ name: String, title: String) -> LineChart {
    let series = methods.flatMap { method in
      let rows = report.rows.filter { $0.method == method && $0.parameter?.name == name }
      func curve(_ label: String, _ figure: (ReproductionRow) -> Double?) -> LineChart.Series {
        LineChart.Series(
          "\(label), \(method.rawValue)",
          rows.compactMap { row in
            guard let x = row.parameter?.number, let y = figure(row) else { return nil }
            return (x, y)
          })
      }
      return [curve("BA") { $0.ba }, curve("WSR") { $0.finding?.wsr }, curve("ΔP") { $0.finding?.figures.deltaP }]
    }
    return LineChart("accuracy and mark", series, over: .numbers(title: title))
  }

  /// ΔP for every surrogate and user.
  private func transfer(_ method: PaperMethod) -> MatrixChart {
    let learners = report.settings.architectures
    let values = learners.map { surrogate in
      learners.map { user in
        report.rows.first {
          $0.method == method && $0.parameter?.value == .text(surrogate.description) && $0.model.learner == user
        }?.finding?.figures.deltaP
      }
    }
    let names = learners.map(\.description)
    return MatrixChart(
      "ΔP, \(method.rawValue)", values, rows: names, columns: names, axes: (rows: "surrogate", columns: "user"))
  }
}

extension ReproductionReport {
  /// τ of the paper.
  var margin: Double { ModelTrial.Settings().margin }
}
