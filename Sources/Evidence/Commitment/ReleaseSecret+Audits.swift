import Crypto

extension ReleaseSecret {
  /// What places a suspect's verification images and questions in a random order.
  package enum AuditLot: String, Sendable {
    /// The sample's index in the source of images.
    case image = "audit image"
    /// The question's number in its round.
    case question = "audit question"
  }

  /// Uniform over 64 bits.
  /// - Parameters:
  ///   - series: of the suspect's audits, from 1.
  ///   - round: from 0; 0 for images.
  /// - Source: docs/formats, "Audits"
  package func auditLot(_ lot: AuditLot, suspect: String, series: Int, round: Int, number: Int) -> UInt64 {
    auditLots(lot, suspect: suspect, series: series, round: round)(number)
  }

  /// The same for many numbers.
  package func auditLots(_ lot: AuditLot, suspect: String, series: Int, round: Int) -> (Int) -> UInt64 {
    let name = Self.word(Array(SHA256.hash(data: Array(suspect.utf8))))
    return { Self.word(draw(lot.rawValue, name, UInt64(series), UInt64(round), UInt64($0))) }
  }
}
