import Evidence
import Foundation
import Jobs
import Trials

/// A report as lines for a terminal: what was run, then a row a model, the paper's number in brackets beside ours.
package struct ReproductionText {
  private let report: ReproductionReport

  package init(_ report: ReproductionReport) { self.report = report }

  package var lines: [String] {
    let settings = report.settings
    let head = [
      "\(report.table.title), \(report.dataset.title), scale \(report.scale.rawValue)",
      "data      \(report.trainingSamples) training images, target class “\(report.target)”",
      "users     \(report.users), \(settings.epochs) epochs from scratch, crops\(report.dataset == .mnist ? "" : " and flips")",
      "marks     \(marks), surrogate \(report.surrogates), \(settings.method[SharedSettings.surrogateEpochs]) epochs; "
        + "U-Net \(settings.method[SharedSettings.generatorWidth]), "
        + "\(settings.method[SharedSettings.generatorSteps]) steps",
      "asked     \(settings.images) images, up to \(settings.decoys) decoy carriers; seed \(report.seed)",
      "",
    ]
    let gaps = report.gaps.map { gap in
      "gap       \(gap.method.rawValue): malicious minus the worst innocent ΔP \(Self.number(gap.measured))"
        + (gap.paper.map { " (the paper: \(Self.number($0)))" } ?? "")
    }
    let small =
      report.leftOut.isEmpty
      ? [] : ["left out  \(report.leftOut.map(\.description).joined(separator: ", ")): the images are too small"]
    return head[..<1] + small + head[1...]
      + TextTable([Self.heading] + report.rows.map(Self.cells)).withoutEmptyColumns.lines + gaps
  }

  /// What a figure sweeps stands in its rows.
  private var marks: String {
    let settings = report.settings
    let studied = "\(Self.percent(settings.rate)) of the class, ε \(settings.method[SharedSettings.epsilon])/255"
    let own = report.table == .table1 ? "\(studied), baselines as published" : studied
    return report.table == .figure4 ? "\(own) where it is not swept, a key of its own for each ε" : own
  }

  private static let heading = [
    "method", "scenario", "model", "parameter", "BA (paper)", "WSR (paper)", "target counted", "ΔP (paper)",
    "p_t (paper)", "p_decoy", "verdict", "PSNR", "SSIM", "LPIPS (paper)", "feature distance",
  ]

  private static func cells(_ row: ReproductionRow) -> [String] {
    let figures = row.finding?.figures
    return [
      row.method.rawValue, row.scenario.rawValue, row.model.learner.description, row.parameter.map(text) ?? "",
      beside(row.ba, row.paper?.ba), beside(row.success?.excluded ?? row.finding?.wsr, row.paper?.wsr),
      row.success?.counted.map(number) ?? "",
      beside(figures?.deltaP, row.paper?.deltaP),
      (figures?.pT.map { String(format: "%.1e", $0) } ?? "–")
        + (row.paper?.pT.map { " (\(String(format: "%g", $0)))" } ?? ""),
      figures?.pDecoy.map { String(format: "%.5f", $0) } ?? "–", row.finding.map { verdict($0, row.method) } ?? "",
      row.quality.map { String(format: "%.2f dB", $0.psnr) } ?? "", row.quality?.ssim.map(number) ?? "", lpips(row),
      row.quality?.featureDistance.map(number) ?? "",
    ]
  }

  /// Only LPIPS stands beside the paper's, of which we know a bound.
  private static func lpips(_ row: ReproductionRow) -> String {
    let bound =
      row.paper?.lpipsBelow.map { "(< \(String(format: "%g", $0)))" }
      ?? row.paper?.lpips.map { "(\(String(format: "%g", $0)))" }
    guard let measured = row.quality?.lpips.map(number) ?? bound.map({ _ in "–" }) else { return "" }
    return [measured, bound].compactMap(\.self).joined(separator: " ")
  }

  private static func text(_ parameter: SweptParameter) -> String { "\(parameter.name) \(parameter.value)" }

  /// α is that of the verdicts.
  private static func verdict(_ finding: ModelFinding, _ method: PaperMethod) -> String {
    finding.outcomeText(alpha: VerdictPolicy().alpha)
  }

  private static func beside(_ measured: Double?, _ paper: Double?) -> String {
    guard let measured else { return paper.map { "– (\(number($0)))" } ?? "–" }
    return number(measured) + (paper.map { " (\(number($0)))" } ?? "")
  }

  private static func number(_ value: Double) -> String { String(format: "%.4f", value) }

  private static func percent(_ share: Double) -> String { "\(String(format: "%g", share * 100)) %" }
}
