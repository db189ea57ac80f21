package import Foundations

/// What an evidence package states: every figure that follows from its other files, and their digests (docs/formats,
/// "Evidence package").
package struct EvidenceStatement: Codable, Sendable, Equatable {
  package static let currentFormat = "dandyroll-evidence/1"

  package struct Program: Codable, Sendable, Equatable {
    package var name = "dandyroll"
    package var version: String
  }

  /// One paid look at the real key's rank.
  package struct Look: Codable, Sendable, Equatable {
    package let number: Int
    package let pairs: Int
    package let deltaP: Double
    /// What the key is ranked by, where that is not ΔP: of an assignment the mean over its classes of what each
    /// gains of log P, or of hits, in its own spread and beyond what the others gain.
    package let gain: Double?
    /// Among so many keys that could have been drawn, the release's own included.
    package let rank: Int
    package let keys: Int
    package let p: Double
    /// α_a.
    package let level: Double
  }

  /// The tests over images, which are reported and never decide.
  package struct Tests: Codable, Sendable, Equatable {
    package let pairs: Int
    package let t: Double?
    package let pT: Double?
    package let pSignedRank: Double?
    package let pDiscordant: Double
  }

  package struct Panel: Codable, Sendable, Equatable {
    package let references: Int
    package let rank: Int
    package let p: Double
  }

  package let format: String
  package let program: Program
  package let suspect: String
  package let release: String
  package let generator: HexDigest
  package let model: String
  package let series: Int
  package let audits: [Int]
  /// Of the transcript's last line, milliseconds since 1970.
  package let time: Int
  package let kind: ScoreKind?
  package let asked: Int
  package let answered: Int
  package let accuracy: Double?
  package let successRate: Double?
  /// ΔP under the key; mean and largest ΔP of the decoy carriers.
  package let deltaP: Double?
  package let decoyMean: Double?
  package let decoyLargest: Double?
  package let looks: [Look]
  /// Natural logarithm of the e-value; nil before the first look.
  package let evidence: Double?
  package let tests: Tests?
  package let panel: Panel?
  package let verdict: Verdict
  /// Digest of every other file in the package, by name.
  package let files: [String: HexDigest]

  /// - Parameters:
  ///   - generator: the committed one.
  ///   - time: of the last line.
  package init(
    _ record: AuditRecord, _ reckoning: AuditReckoning, generator: HexDigest, time: Int, version: String,
    files: [String: HexDigest]
  ) {
    let plan = record.plan
    let evidence = reckoning.evidence
    let decoys = evidence.totals.map { totals in totals.deltaP.dropFirst(totals.keySize).compactMap { $0 } } ?? []
    let health = reckoning.health
    format = Self.currentFormat
    program = Program(version: version)
    suspect = plan.suspect
    release = plan.release
    self.generator = generator
    model = plan.model
    series = plan.series
    audits = record.audits
    self.time = time
    kind = evidence.kind
    asked = health.asked
    answered = health.answered
    accuracy = health.cleanAnswers > 0 ? Double(health.cleanCorrect) / Double(health.cleanAnswers) : nil
    successRate = reckoning.successRate
    deltaP = evidence.looks.last?.deltaP
    decoyMean = decoys.isEmpty ? nil : decoys.reduce(0, +) / Double(decoys.count)
    decoyLargest = decoys.max()
    looks = evidence.looks.map {
      Look(
        number: $0.number, pairs: $0.leastPairs, deltaP: $0.deltaP,
        gain: plan.claim.columns > 1 ? $0.rank.score : nil, rank: $0.rank.rank, keys: $0.rank.others + 1,
        p: $0.p.value, level: $0.level)
    }
    self.evidence = evidence.eValue?.ln
    tests = reckoning.paired.map { paired in
      let t = try? paired.t.get()
      return Tests(
        pairs: paired.count, t: t?.statistic, pT: t?.p.value, pSignedRank: (try? paired.signedRank.get())?.p.value,
        pDiscordant: paired.discordant.p.value)
    }
    panel = reckoning.panel.map { Panel(references: $0.others, rank: $0.rank, p: $0.p.value) }
    verdict = reckoning.verdict
    self.files = files
  }
}
