import Evidence
package import Foundations
import Jobs

/// What is left of a mark after an attack (docs/formats, "Attacks").
package struct AttackReport: Encodable, Sendable {
  package struct Suspect: Encodable, Sendable {
    package let architecture: String
    package let width: Int
    /// SHA-256 of the file.
    package let digest: HexDigest
  }

  package private(set) var program = ProgramVersion.current
  package let attack: String
  package let release: String
  /// The method of the release's generator.
  package let objective: String
  package let target: String
  /// The clean archive's.
  package let archive: HexDigest
  package let model: Suspect
  package let settings: Attack
  package let seed: UInt64
  /// Images that the attacker used; nil where none are needed.
  package let images: Int?
  /// SHA-256 of the archive that a student's images are from, where that is not the clean one.
  package let transferArchive: HexDigest?
  /// α of the verdicts.
  package let alpha: Double
  /// The model as it was, then what the attack made of it.
  package let rows: [AttackRow]

  private enum CodingKeys: String, CodingKey {
    case program, attack, release, objective, archive, model, settings, seed, images, transferArchive, alpha, rows
    case target = "targetClass"
  }
}
