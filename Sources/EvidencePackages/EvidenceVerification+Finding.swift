package import Evidence

extension EvidenceVerification {
  /// What may be said of a package. A verdict is somebody's claim, and takes somebody who makes it: a transcript alone
  /// is a file that anybody can write.
  package enum Finding: Sendable, Equatable {
    /// Everything holds, and the statement is signed; whose key that is, only the owner's public key can tell.
    case verdict(Verdict)
    /// Everything holds, and nobody signed.
    case consistentByNobody
    /// Something does not hold, so nothing follows.
    case doesNotHold

    /// The words that `evidence verify` and docs/verify_evidence.py print (docs/formats, "Evidence package").
    package var outcome: String {
      switch self {
      case .verdict(let verdict): verdict.outcome.rawValue
      case .consistentByNobody: "consistent, by nobody"
      case .doesNotHold: "does not hold"
      }
    }

    package var reasons: [Verdict.Reason] {
      if case .verdict(let verdict) = self { verdict.reasons } else { [] }
    }

    /// The exit code of both programs.
    package var exitCode: Int32 {
      switch self {
      case .verdict: 0
      case .doesNotHold: 1
      case .consistentByNobody: 4
      }
    }
  }

  package var finding: Finding {
    guard holds else { return .doesNotHold }
    return signedBy == nil ? .consistentByNobody : .verdict(verdict)
  }
}

extension EvidenceVerification: Encodable {
  private enum CodingKeys: CodingKey {
    case holds, outcome, reasons, suspect, release, signedBy, checks
  }

  package func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(holds, forKey: .holds)
    try container.encode(finding.outcome, forKey: .outcome)
    try container.encode(finding.reasons, forKey: .reasons)
    try container.encode(suspect, forKey: .suspect)
    try container.encode(release, forKey: .release)
    try container.encodeIfPresent(signedBy, forKey: .signedBy)
    try container.encode(checks, forKey: .checks)
  }
}
