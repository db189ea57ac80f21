package import Foundations

/// How many independent models a reference panel has, and how long they are trained.
package struct ReferenceSettings: Codable, Sendable, Equatable {
  /// n; the least conformal p-value is 1/(n + 1).
  package var models: Int
  package var epochs: Int
  /// Training samples of a model before it is halved; 0 for all.
  package var samples: Int

  package init(models: Int = 19, epochs: Int = 8, samples: Int = 10_000) {
    self.models = models
    self.epochs = epochs
    self.samples = samples
  }
}

/// Train the models of a dataset's reference panel, those that are not there yet, and score them under a release's key.
package struct ReferenceSpec: JobPart {
  package static let kind = JobKind.reference

  /// The archive before marking, of which the release was made.
  package var archive: String
  /// The release directory's name; its private record is `<vault>/<release>/`, where the scores go.
  package var release: String
  package var vault: String
  /// Where the dataset's models are kept, for this release and the next ones.
  package var models: String
  package var settings: ReferenceSettings
  /// Checkpoints live here; a job run again goes on from them.
  package var workDirectory: String
  package var limits: InputLimits

  package init(
    archive: String, release: String, vault: String, models: String, settings: ReferenceSettings,
    workDirectory: String, limits: InputLimits
  ) {
    self.archive = archive
    self.release = release
    self.vault = vault
    self.models = models
    self.settings = settings
    self.workDirectory = workDirectory
    self.limits = limits
  }
}

package struct ReferenceResult: JobPart {
  package static let kind = JobKind.reference

  /// The release directory's name.
  package var release: String
  /// Path of the scores in the vault, and the SHA-256 of their bytes, in hex.
  package var panel: String
  package var panelDigest: String
  /// n.
  package var models: Int
  /// Names of models that are no better than guessing and have no say; nil if there are none.
  package var leftOut: [String]?
  /// Models that this job trained, those that were left out among them.
  package var trained: Int
  /// The largest ΔP of the n.
  package var largestGain: Double

  package init(
    release: String, panel: String, panelDigest: String, models: Int, leftOut: [String] = [], trained: Int,
    largestGain: Double
  ) {
    self.release = release
    self.panel = panel
    self.panelDigest = panelDigest
    self.models = models
    self.leftOut = leftOut.isEmpty ? nil : leftOut
    self.trained = trained
    self.largestGain = largestGain
  }
}
