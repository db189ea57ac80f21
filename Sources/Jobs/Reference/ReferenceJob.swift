extension JobKind {
  package static let reference = Self(rawValue: "reference")
}

/// Scores a dataset's reference panel under one release's key.
///
/// Its stages: survey, read, reference, evaluate, score.
package enum ReferenceJob: JobDefinition {
  package static func directories(for spec: ReferenceSpec) -> [String] { [spec.workDirectory] }

  package static func product(of result: ReferenceResult, for spec: ReferenceSpec) throws(WrongResult) -> String? {
    guard result.release == spec.release else {
      throw WrongResult("the job scored \(result.release), not \(spec.release)")
    }
    return "\(spec.vault)/\(spec.release)/panel.json"
  }
}
