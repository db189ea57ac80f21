extension JobKind {
  package static let qualify = Self(rawValue: "qualify")
}

/// Judges one release before it goes out.
///
/// Its stages: survey, read, ind-m, other-owner, ind-w, malicious, evaluate.
package enum QualifyJob: JobDefinition {
  package static func directories(for spec: QualifySpec) -> [String] { [spec.workDirectory] }

  package static func product(of result: QualifyResult, for spec: QualifySpec) throws(WrongResult) -> String? {
    let name = String(spec.release.split(separator: "/").last ?? "")
    guard result.release == name else { throw WrongResult("the job judged \(result.release), not \(name)") }
    return "\(spec.vault)/\(name)/qualification.json"
  }
}
