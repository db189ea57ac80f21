import Evidence
package import Foundations
package import Jobs
import Releases

/// What a qualification found: the gate first, then one row a model (docs/formats, "Qualification").
package struct QualificationReport: Encodable, Sendable {
  package typealias Outcome = QualifyResult.Outcome

  package private(set) var program = ProgramVersion.current
  package let release: String
  package let outcome: Outcome
  /// Why the release is held, or nothing can be said; empty when it passed.
  package let reasons: [String]
  package let target: String
  /// Of an assignment its classes' names, in the order of the key.
  package let assignedClasses: [String]?
  package let objective: String
  /// ε in 1/255.
  package let epsilon: Int
  package let markedSamples: Int
  /// True if marked samples may have other classes than in the original; else nil.
  let changesLabels: Bool?
  package let samples: Int
  package let settings: QualificationSettings
  /// Learners that were asked for and cannot take images of this size.
  package let leftOut: [Learner]
  /// The learner that nobody asked for, where one architecture would have judged alone.
  package let standIn: Learner?
  /// The generator's surrogate, of which copies were trained further; nil if none was kept, and then none is judged.
  package let surrogate: Learner?
  package let generator: HexDigest
  package let archive: HexDigest
  /// How far the marked samples are from their originals, as measured when they were written.
  let quality: Vault.Quality
  /// Models in the reference panel that `p_panel` is from; nil where it is from the innocent models of this run.
  package let references: Int?
  package let rows: [QualificationRow]
  /// The same models at other amplitudes, for choosing one; they decide nothing.
  package let otherAmplitudes: [QualificationRow]

  private enum CodingKeys: String, CodingKey {
    case program, release, outcome, reasons, objective, epsilon, markedSamples, changesLabels, samples, settings,
      leftOut, standIn
    case surrogate, generator, archive, quality, references, rows, otherAmplitudes, assignedClasses
    case target = "targetClass"
  }

  /// What decides for releases of this kind.
  let decider: DecidingTest
  package var alpha: Double { settings.policy.alpha }

  /// Adds what needs all rows: drops of accuracy, panel ranks, and the gate.
  /// - Parameter obstacles: why no model was trained; then nothing can be said.
  init(
    release: String, target: String, assignedClasses: [String]? = nil, objective: String,
    decider: DecidingTest = .rankAmongKeys, epsilon: Int,
    markedSamples: Int, changesLabels: Bool? = nil, samples: Int,
    settings: QualificationSettings, fitting: QualificationSettings.Fitting? = nil, surrogate: Learner? = nil,
    generator: HexDigest, archive: HexDigest, quality: Vault.Quality,
    references: Int? = nil, obstacles: [QualificationObstacle] = [], rows: [QualificationRow],
    otherAmplitudes: [QualificationRow] = []
  ) {
    var rows = rows
    let innocent = rows.indices.filter { rows[$0].scenario != .malicious }
    for index in rows.indices {
      let row = rows[index]
      let twins = rows.filter {
        $0.scenario == .independentModel && $0.model.architecture == row.model.architecture
          && $0.model.width == row.model.width && $0.model.kind == "scratch"
      }
      if row.scenario != .independentModel, !twins.isEmpty {
        rows[index].baDrop = twins.reduce(0) { $0 + $1.ba } / Double(twins.count) - row.ba
      }
      guard references == nil else { continue }
      let others = innocent.filter { $0 != index }.compactMap { rows[$0].figures.deltaP }
      rows[index].finding.pPanel = row.figures.deltaP.flatMap { try? ExchangeableRank(of: $0, among: others).p.value }
    }
    (outcome, reasons) =
      obstacles.isEmpty
      ? QualificationGate(settings).judge(rows)
      : (.inconclusive, obstacles.map(\.description))
    self.release = release
    self.target = target
    self.assignedClasses = assignedClasses
    self.objective = objective
    self.decider = decider
    self.epsilon = epsilon
    self.markedSamples = markedSamples
    self.changesLabels = changesLabels
    self.samples = samples
    self.settings = settings
    leftOut = fitting?.leftOut ?? []
    standIn = fitting?.standIn
    self.surrogate = surrogate
    self.generator = generator
    self.archive = archive
    self.quality = quality
    self.references = references
    self.rows = rows
    self.otherAmplitudes = otherAmplitudes
  }
}
