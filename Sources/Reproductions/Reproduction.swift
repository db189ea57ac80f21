import Datasets
import Evidence
import Foundation
package import Foundations
package import Jobs
import Networks
import Releases
package import Work

/// `dandyroll reproduce`: a table or figure of SSCL-BW, measured on the paper's data.
/// - Source: SSCL-BW §IV
package struct Reproduction: Sendable {
  private let table: PaperTable
  private let dataset: PaperDataset
  private let data: PaperData
  private let scale: PaperScale
  private let objectives: [MethodName]
  private let settings: PaperSettings
  private let directory: String
  private let seed: UInt64
  private let limits: InputLimits

  /// - Parameters:
  ///   - data: the archive; for MNIST the directory of its four files.
  ///   - isChecked: whether other data than the published is refused.
  ///   - settings: in place of the scale's own; for trying out.
  ///   - lpips: measures the releases, and is L_p of the generators as in the paper; nil for the feature distance.
  ///   - directory: where everything is kept; a reproduction that was stopped goes on from there.
  package init(
    _ table: PaperTable, of dataset: PaperDataset, data: String, isChecked: Bool = true, scale: PaperScale,
    objectives: [MethodName], settings: PaperSettings? = nil, lpips: LPIPSFiles? = nil, directory: String,
    seed: UInt64,
    limits: InputLimits
  ) {
    self.table = table
    self.dataset = dataset
    self.data = PaperData(dataset: dataset, path: data, isChecked: isChecked)
    self.scale = scale
    self.objectives = objectives
    var settings = settings ?? scale.settings(for: dataset)
    if let lpips { settings.method[SharedSettings.lpips] = lpips }
    self.settings = settings
    self.directory = directory
    self.seed = seed
    self.limits = limits
  }

  /// - Throws: `WorkError.otherData` for data that is not the paper's, `otherWork` for a directory that holds something
  ///   else, `inUse` for one that another run works in; what training, marking and judging throw.
  package func run(_ context: WorkContext) throws -> ReproductionReport {
    try data.check(onProgress: Reporter(context).bytes("digest"))
    // Files that cannot be used are found before anything is trained.
    _ = try settings.method[SharedSettings.lpips].map { try LPIPS(trunk: $0.trunk, heads: $0.heads) }
    try DurableFile(directory).createDirectory()
    let lock = try DirectoryLock(directory)
    defer { withExtendedLifetime(lock) {} }
    let survey = try DatasetSurvey(
      file: data.archive(in: directory), limits: limits, onProgress: Reporter(context).bytes("survey"))
    guard let target = survey.classIndex(named: dataset.target) else {
      throw WorkError.unknownClass(dataset.target, archive: survey.file, classes: survey.classNames)
    }
    let (settings, leftOut) = try self.settings.fitted(to: survey, target: target)
    let workshop = PaperWorkshop(
      survey, target: dataset.target, settings: settings, directory: directory, seed: seed, limits: limits,
      context: context)
    let digest = survey.digest
    try ReproductionBasis(program: ProgramVersion.current, archive: digest, settings: settings, seed: seed)
      .bind(directory)
    let experiment = PaperExperiment(
      workshop: workshop, dataset: dataset, objectives: objectives,
      cells: ReproductionCells(directory: "\(directory)/cells/\(table.rawValue)"))
    let rows =
      switch table {
      case .table1: try experiment.table1()
      case .table2: try experiment.table2()
      case .figure4: try experiment.figure4()
      case .figure5: try experiment.figure5()
      case .figure6: try experiment.figure6()
      }
    return ReproductionReport(
      table: table, dataset: dataset, scale: scale, target: survey.classNames[target], archive: digest,
      trainingSamples: survey.indices(in: .train).count, settings: settings,
      leftOut: table == .figure6 ? leftOut : [], seed: seed, rows: rows)
  }
}
