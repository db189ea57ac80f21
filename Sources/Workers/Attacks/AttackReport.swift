package import Evidence
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
  package let targetClass: String
  /// The clean archive's.
  package let archive: HexDigest
  package let model: Suspect
  package let settings: Attack
  package let seed: UInt64
  /// Images that the attacker used; nil where none are needed.
  package let images: Int?
  /// α of the verdicts.
  package let alpha: Double
  /// The model as it was, then what the attack made of it.
  package let rows: [AttackRow]
}
