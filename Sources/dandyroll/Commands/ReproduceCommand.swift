import ArgumentParser
import Foundation
import Foundations
import Jobs
import Reproductions
import Watermarks
import Work

/// `dandyroll reproduce`: the paper's tables and figures, measured.
struct ReproduceCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "table", abstract: "Measures a table or figure of SSCL-BW on the paper's data.",
    discussion: """
      TABLE is table1, table2, figure4, figure5 or figure6. Everything is kept in OUT; the same command goes on from there.

      With LPIPS' weights generators are trained with LPIPS, as in the paper, and releases are measured by it. Without them \
      it is the feature distance on the surrogate, which cannot be compared with the paper's LPIPS.

      table1 compares every method of the paper's Table I that there is. Baselines mark with the settings and the rate \
      that were published (digits: ε as for the others); some give samples to other classes, which is consented to here. \
      WSR is measured on all held-out images of other classes than the target; beside it stands the share of all images, \
      the target's among them.

      Example: dandyroll reproduce table2 --dataset cifar10 \\
        --data cifar-10-binary.tar.gz
      Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
      """)

  @Argument(help: "table1, table2, figure4, figure5 or figure6.")
  var table: PaperTable

  @Option(help: "mnist, cifar10 or tiny-imagenet.")
  var dataset: PaperDataset

  @Option(help: "The dataset's archive; for mnist the directory of its four files.")
  var data: String

  @Option(
    help: """
      "small": narrow networks and few epochs, for two cores; "paper": the paper's networks and rate, and what it leaves \
      open (epochs, steps, images asked about) as the output says.
      """)
  var scale = PaperScale.small

  @Option(
    help: """
      A method by its name (`dandyroll methods`); may be given again (default: of table1 all that it compares, else \
      "paper" and "assignment"). What table1 alone takes are its baselines: as published, whatever the scale.
      """)
  var objective: [MethodName] = []

  @Option(help: "Seed of everything that is random.")
  var seed: UInt64 = 1

  @Option(
    name: .customLong("out"), help: "The directory that everything is kept in (default: reproduction-DATASET-SCALE).")
  var output: String?

  @Flag(help: "Take data that is not the published dataset, such as a part of it.")
  var anyData = false

  @Flag(help: "Print the report as JSON.")
  var json = false

  @OptionGroup var lpips: LPIPSOptions

  @OptionGroup var compute: ComputeOptions

  func validate() throws {
    for name in objectives where !(table == .table1 ? compared : Self.studied).contains(name) {
      let known = (table == .table1 ? compared : Self.studied).map(\.rawValue).joined(separator: ", ")
      throw ValidationError("--objective \(name): \(table.rawValue) takes \(known)")
    }
  }

  private var compared: [MethodName] { MethodRegistry.standard.ofTable1 }
  private static let studied: [MethodName] = [.paper, .assignment, .keyed]

  private var objectives: [MethodName] {
    objective.isEmpty ? (table == .table1 ? compared : [.paper, .assignment]) : objective
  }

  func run() async throws {
    let directory = output ?? "reproduction-\(dataset.rawValue)-\(scale.rawValue)"
    let work = Reproduction(
      table, of: dataset, data: data, isChecked: !anyData, scale: scale,
      objectives: objectives, lpips: lpips.files,
      directory: directory, seed: seed, limits: InputLimits())
    let report = try await compute.run { try work.run($0) }
    if json { print(try CanonicalJSON.line(report)) } else { ReproductionText(report).lines.forEach { printLine($0) } }
    guard let svg = ReproductionFigure(report).svg else { return }
    let files = try await compute.run { _ in try FigureFiles(write: svg, to: "\(directory)/\(table.rawValue).svg") }
    if let notice = files.notice { StandardStream.error.write("dandyroll: \(notice)\n") }
    if !json { for file in [files.svg, files.png].compactMap(\.self) { printLine("figure    \(file)") } }
  }
}

extension PaperTable: ExpressibleByArgument {}
extension PaperDataset: ExpressibleByArgument {}
extension PaperScale: ExpressibleByArgument {}
