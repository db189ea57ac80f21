import Evidence
import Foundation
package import Foundations
import Jobs
import Releases
import Work

/// A reference panel without its scores: `panel.json` in the vault, and what `panel show` prints.
package struct PanelSummary: Codable, Sendable, Equatable {
  package var format = "dandyroll-panel-summary/1"
  package var release: String
  /// The scores' file.
  package var tensors: HexDigest
  package var archive: HexDigest
  /// Nil as a daemon hands it out, which keeps them to itself.
  package var generator: HexDigest?
  private var targetClass: Int?
  private var claimKind: Claim.Kind?
  private var assignedClasses: [Int]?
  package var amplitude: Int
  /// Images in the verification pool.
  package var samples: Int
  package var models: [ReferencePanel.Member]
  /// ΔP over the whole pool: least, median and largest of the models.
  package var distribution: Distribution

  package struct Distribution: Codable, Sendable, Equatable {
    package var least: Double
    package var median: Double
    package var largest: Double
  }

  init(_ panel: ReferencePanel, digest: HexDigest) {
    let document = panel.document
    release = document.release
    tensors = digest
    archive = document.archive
    generator = document.generator
    (targetClass, claimKind, assignedClasses) = document.claim.members
    amplitude = document.amplitude
    samples = document.samples.count
    models = document.models
    let gains = document.models.map(\.deltaP).sorted()
    let middle = gains.count / 2
    distribution = Distribution(
      least: gains.first ?? 0,
      median: gains.isEmpty ? 0 : gains.count % 2 == 1 ? gains[middle] : (gains[middle - 1] + gains[middle]) / 2,
      largest: gains.last ?? 0)
  }

  /// - Throws: `WorkError.missing` if no panel was built, `.malformed`.
  package init(vault: String, release: String) throws {
    self = try CanonicalJSON.decode(Self.self, from: Vault(root: vault, release: release).panelSummary)
  }

  /// - Throws: `DecodingError`.
  package init(_ bytes: some Sequence<UInt8>) throws {
    self = try CanonicalJSON.decode(Self.self, from: bytes)
  }
}
