extension JobKind {
  package static let audit = Self(rawValue: "audit")
}

/// Asks a suspect about one release.
///
/// Its stages: survey, read, audit, waiting.
package enum AuditJob: JobDefinition {
  package static let turn = JobTurn.beside
  package static let readsInput = false

  package static func directories(for spec: AuditSpec) -> [String] { [] }

  package static func product(of result: AuditResult, for spec: AuditSpec) throws(WrongResult) -> String? {
    guard result.suspect == spec.name, result.number == spec.number else {
      throw WrongResult(
        "the job audited \(result.suspect), number \(result.number), not \(spec.name), number \(spec.number)")
    }
    return result.transcript
  }
}
