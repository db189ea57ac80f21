import Evidence
package import Foundations
package import Jobs
import Trials

/// A table or figure of the paper as this program measures it (docs/formats, "Reproductions").
package struct ReproductionReport: Encodable, Sendable {
  package private(set) var program = ProgramVersion.current
  package let table: PaperTable
  package let dataset: PaperDataset
  package let scale: PaperScale
  package let target: String
  /// Of the archive.
  package let archive: HexDigest
  package let trainingSamples: Int
  package let settings: PaperSettings
  /// Architectures of Figure 6 that cannot take images of this size.
  package let leftOut: [Learner]
  package let seed: UInt64
  package let rows: [ReproductionRow]
  /// Malicious ΔP minus the largest of the innocent scenarios, and the paper's; of `table2` alone.
  package let gaps: [Gap]

  package struct Gap: Encodable, Sendable, Equatable {
    package let method: PaperMethod
    package let measured: Double
    package let paper: Double?
  }

  init(
    table: PaperTable, dataset: PaperDataset, scale: PaperScale, target: String, archive: HexDigest,
    trainingSamples: Int, settings: PaperSettings, leftOut: [Learner] = [], seed: UInt64, rows: [ReproductionRow]
  ) {
    self.table = table
    self.dataset = dataset
    self.scale = scale
    self.target = target
    self.archive = archive
    self.trainingSamples = trainingSamples
    self.settings = settings
    self.leftOut = leftOut
    self.seed = seed
    self.rows = rows
    gaps =
      table == .table2
      ? Self.methods(of: rows).compactMap { method in
        let own = rows.filter { $0.method == method }
        guard let guilty = own.first(where: { $0.scenario == .malicious })?.finding?.figures.deltaP,
          let worst = own.filter({ $0.scenario != .malicious }).compactMap(\.finding?.figures.deltaP).max()
        else { return nil }
        return Gap(method: method, measured: guilty - worst, paper: PaperFigures.gap(dataset))
      } : []
  }

  /// How data was marked, in the order of the rows.
  var methods: [PaperMethod] { Self.methods(of: rows) }

  private static func methods(of rows: [ReproductionRow]) -> [PaperMethod] {
    var seen: Set<PaperMethod> = []
    return rows.map(\.method).filter { seen.insert($0).inserted }
  }

  /// What users trained, in words.
  var users: String {
    table == .figure6 ? settings.architectures.map(\.description).joined(separator: ", ") : settings.user.description
  }

  /// The surrogates, in words.
  var surrogates: String {
    table == .figure6 ? "each of them" : settings.surrogate.description
  }

  private enum CodingKeys: String, CodingKey {
    case program, table, dataset, scale, archive, trainingSamples, settings, leftOut, seed, rows, gaps
    case target = "targetClass"
  }
}
