import ArgumentParser
import Evidence
import Foundation
import Jobs
import Workers

/// What all attacks have in common on the command line, and how their reports are shown.
struct AttackOptions: ParsableArguments {
  @Argument(help: "The suspect's classifier.")
  var model: String

  @Argument(help: "The archive that the release was made from: clean data, and the held-out split.")
  var archive: String

  @Option(help: "The vault that the release's private record is in.")
  var vault: String

  @Option(help: "The release's name in the vault (default: the only one that was made from the archive).")
  var release: String?

  @Option(help: "Verification images.")
  var images = 50

  @Option(help: "Decoy carriers that are asked about beside the key's own.")
  var decoys = QualificationSettings.usualDecoys

  @Option(help: "α: the chance that an innocent model is accused.")
  var alpha = 0.01

  @Option(help: "Seed of the attacker's choices.")
  var seed: UInt64 = 0

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Option(help: "Draw the report as an SVG file, with a PNG file beside it where rsvg-convert is installed.")
  var plot: String?

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    guard images >= 2, decoys >= 1, alpha > 0, alpha < 1 else {
      throw ValidationError("--images is at least 2, --decoys at least 1, --alpha in (0, 1)")
    }
  }

  /// Carries the attack out and shows what came of it.
  func run(_ attack: Attack) async throws {
    let work = AttackWork(
      attack, on: model, archive: archive, vault: vault, release: release,
      questions: .init(images: images, decoys: decoys, alpha: alpha), seed: seed, limits: InputLimits())
    let plot = plot
    let (report, figure) = try await compute.run { context in
      let report = try work.run(context)
      return (report, try plot.map { try FigureFiles(write: AttackFigure(report).svg, to: $0) })
    }
    if let notice = figure?.notice { StandardStream.error.write("dandyroll: \(notice)\n") }
    if json { print(try JobJSON.line(report)) } else { show(report) }
  }

  private func show(_ report: AttackReport) {
    print("attack   \(report.attack) on \(report.model.architecture):\(report.model.width), \(report.release)")
    if let images = report.images { print("images   \(images)") }
    print(
      "\(column(report.rows.first?.parameter.name ?? "", 12))    BA    WSR     ΔP  decoys' mean, largest  p decoy  verdict"
    )
    for row in report.rows {
      func number(_ value: Double?) -> String { value.map { String(format: "%6.3f", $0) } ?? "     –" }
      let figures = row.finding.figures
      let value =
        switch row.parameter.value {
        case .number(let number): String(format: "%g", number)
        case .text(let text): text
        }
      let agreement = row.agreement.map { String(format: "  agrees on %.3f", $0) } ?? ""
      print(
        column(value, 12), number(row.finding.ba), number(row.finding.wsr), number(figures.deltaP),
        "      ", number(figures.decoyMean), number(figures.decoyLargest), " ",
        figures.pDecoy.map { String(format: "%.5f", $0) } ?? "      –", "",
        row.finding.verdict.outcome.rawValue
          + agreement)
    }
  }

  private func column(_ text: String, _ width: Int) -> String {
    text.count >= width ? text : text + String(repeating: " ", count: width - text.count)
  }
}
