package import Evidence

/// What a qualification found: the gate first, then one row a model (FORMATS.md, "Qualification").
package struct QualificationReport: Encodable, Sendable {
  package enum Outcome: String, Encodable, Sendable {
    case passed
    case held
    case inconclusive
  }

  package let release: String
  package let outcome: Outcome
  /// Why the release is held, or nothing can be said; empty when it passed.
  package let reasons: [String]
  package let objective: String
  /// ε in 1/255.
  package let epsilon: Int
  package let markedSamples: Int
  package let samples: Int
  package let settings: QualificationSettings
  package let generator: HexDigest
  package let archive: HexDigest
  /// PSNR, largest change and, where its weights were named for the release, LPIPS of the marked samples.
  let quality: Vault.Quality
  package let rows: [QualificationRow]
  /// The same models at other amplitudes, for choosing one; they decide nothing.
  package let otherAmplitudes: [QualificationRow]

  /// Adds what needs all rows: drops of accuracy, panel ranks, and the gate.
  init(
    release: String, objective: String, epsilon: Int, markedSamples: Int, samples: Int,
    settings: QualificationSettings, generator: HexDigest, archive: HexDigest, quality: Vault.Quality,
    rows: [QualificationRow],
    otherAmplitudes: [QualificationRow] = []
  ) {
    var rows = rows
    let innocent = rows.indices.filter { rows[$0].scenario != .malicious }
    for index in rows.indices {
      let row = rows[index]
      let twins = rows.filter {
        $0.scenario == .independentModel && $0.model.architecture == row.model.architecture
          && $0.model.kind == "scratch"
      }
      if row.scenario != .independentModel, !twins.isEmpty {
        rows[index].baDrop = twins.reduce(0) { $0 + $1.ba } / Double(twins.count) - row.ba
      }
      let others = innocent.filter { $0 != index }.compactMap { rows[$0].figures.deltaP }
      rows[index].pPanel = row.figures.deltaP.flatMap { try? ExchangeableRank(of: $0, among: others).p.value }
    }
    (outcome, reasons) = Self.gate(rows, settings)
    self.release = release
    self.objective = objective
    self.epsilon = epsilon
    self.markedSamples = markedSamples
    self.samples = samples
    self.settings = settings
    self.generator = generator
    self.archive = archive
    self.quality = quality
    self.rows = rows
    self.otherAmplitudes = otherAmplitudes
  }

  private static func gate(_ rows: [QualificationRow], _ settings: QualificationSettings) -> (Outcome, [String]) {
    let missing = QualificationRow.Scenario.allCases.filter { scenario in !rows.contains { $0.scenario == scenario } }
    guard missing.isEmpty else {
      return (.inconclusive, ["no model of \(missing.map(\.rawValue).joined(separator: ", "))"])
    }
    let obstacles: Set<Verdict.Reason.Code> = [.accuracyAtChance, .constantAnswers, .tooFewAnswers, .tooFewPairs]
    let blind = rows.filter { $0.verdict.reasons.contains { obstacles.contains($0.code) } }
    if let row = blind.first {
      let codes = row.verdict.reasons.map(\.code.rawValue).joined(separator: ", ")
      return (.inconclusive, ["\(row.model.architecture), seed \(row.model.seed), \(row.scenario.rawValue): \(codes)"])
    }
    var reasons: [String] = []
    let malicious = rows.filter { $0.scenario == .malicious }
    let innocent = rows.filter { $0.scenario != .malicious }
    let accused = innocent.count { $0.verdict.outcome == .trainedOn }
    let rate = Double(accused) / Double(max(1, innocent.count))
    if rate > settings.largestInnocentRate {
      reasons.append("\(accused) of \(innocent.count) innocent models are accused")
    }
    let missed = malicious.count { $0.verdict.outcome != .trainedOn }
    if missed > 0 { reasons.append("\(missed) of \(malicious.count) models trained on the release are not convicted") }
    let drop = malicious.compactMap(\.baDrop).max() ?? 0
    if drop > settings.largestDrop { reasons.append("accuracy drops by up to \(Self.points(drop)) points") }
    let gain = malicious.compactMap(\.figures.deltaP).min() ?? 0
    if gain < settings.leastGain { reasons.append("ΔP is down to \(Self.points(gain)) points on the release's models") }
    return (reasons.isEmpty ? .passed : .held, reasons)
  }

  private static func points(_ share: Double) -> Double { (share * 1000).rounded() / 10 }
}
