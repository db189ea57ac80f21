package import Foundations

/// Judge one release: train models on it and innocent ones beside it, ask them all, and hold the answers to the gate.
package struct QualifySpec: JobPart {
  package static let kind = JobKind.qualify

  /// The release directory, published or not.
  package var release: String
  /// Its private record is `<vault>/<release's name>/`; the report goes there too.
  package var vault: String
  /// The archive before marking.
  package var original: String
  package var settings: QualifySettings
  /// First seed of the simulated models.
  package var seed: UInt64
  /// Whether the release's reference panel is asked too. Settled with the spec, so that a rerun asks the same.
  package var usesPanel: Bool
  /// Finished models and checkpoints live here; a job run again goes on from them.
  package var workDirectory: String
  package var limits: InputLimits

  package init(
    release: String, vault: String, original: String, settings: QualifySettings, seed: UInt64, usesPanel: Bool,
    workDirectory: String, limits: InputLimits
  ) {
    self.release = release
    self.vault = vault
    self.original = original
    self.settings = settings
    self.seed = seed
    self.usesPanel = usesPanel
    self.workDirectory = workDirectory
    self.limits = limits
  }
}

/// What a qualification says about its release.
package struct QualifyResult: JobPart {
  package static let kind = JobKind.qualify

  package enum Outcome: String, Codable, Sendable, CaseIterable {
    case passed
    /// A limit of the gate is broken.
    case held
    /// Nothing can be said; as good as held.
    case inconclusive
  }

  /// The release directory's name.
  package var release: String
  package var outcome: Outcome
  /// One sentence each; empty when it passed.
  package var reasons: [String]
  /// Path of the report in the vault.
  package var report: String
  /// Models that were judged.
  package var models: Int

  package init(release: String, outcome: Outcome, reasons: [String], report: String, models: Int) {
    self.release = release
    self.outcome = outcome
    self.reasons = reasons
    self.report = report
    self.models = models
  }
}
