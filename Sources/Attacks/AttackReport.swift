import Evidence
package import Foundations
import Jobs

/// What is left of a mark after an attack (FORMATS.md, "Attacks").
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
  /// Of the release's generator: "paper" or "keyed".
  package let objective: String
  package let targetClass: String
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

  package var isKeyed: Bool { objective == MethodSettings.Objective.keyed.rawValue }
}
