import ArgumentParser
import Attacks
import Evidence
import Foundation
import Foundations
import Jobs
import Trials
import Work

/// What all attacks have in common on the command line.
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

  @Option(help: "Decoy carriers that are asked about beside the key's own, at most as many as the book has.")
  var decoys = QualificationSettings.usualDecoys

  @Option(help: "α: the chance that an innocent model is accused.")
  var alpha = 0.01

  @Option(help: "Seed of the attacker's choices.")
  var seed: UInt64 = 0

  @Flag(help: "Print the report as JSON.")
  var json = false

  @Option(help: "Draw the report as an SVG file, with a PNG file beside it where rsvg-convert is installed.")
  var plot: String?

  @OptionGroup var compute: ArchiveOptions

  func validate() throws {
    guard images >= 2, decoys >= 1, alpha > 0, alpha < 1 else {
      throw ValidationError("--images is at least 2, --decoys at least 1, --alpha in (0, 1)")
    }
  }

  /// Carries the attack out and shows what came of it.
  /// - Parameter workDirectory: where a training keeps what it goes on from.
  func run(_ attack: Attack, workDirectory: String? = nil) async throws {
    let work = AttackWork(
      attack, on: model, archive: archive, vault: vault, release: release,
      questions: .init(images: images, decoys: decoys, alpha: alpha), seed: seed, limits: InputLimits(),
      workDirectory: workDirectory)
    let plot = try plot.map { try OutputFile(FigureFiles.svg($0)) }
    let report = try await compute.run { try work.run($0) }
    if json {
      print(try CanonicalJSON.line(report))
    } else {
      AttackText(report: report).lines.forEach { printLine($0) }
    }
    guard let plot else { return }
    // What was measured is on the terminal by now, whatever becomes of the figure.
    let figure = try await compute.run { _ in try FigureFiles(write: AttackFigure(report).svg, to: plot.path) }
    if let notice = figure.notice { StandardStream.error.write("dandyroll: \(notice)\n") }
  }
}

/// Of attacks that train.
struct AttackWorkOptions: ParsableArguments {
  @Option(
    name: .customLong("work"),
    help:
      "A directory for the models that are looked at and checkpoints: the same command goes on from them (default: none)."
  )
  var directory: String?
}

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
