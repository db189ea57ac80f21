/// A kind of job by its name, as the ledger, the specs and the results have it.
package struct JobKind: RawRepresentable, Codable, Sendable, Hashable {
  package var rawValue: String

  package init(rawValue: String) { self.rawValue = rawValue }
}

/// The kinds of jobs that a program knows.
package struct JobKinds: Sendable {
  /// Every kind of this program: the one list that a new kind is added to.
  package static let all = JobKinds([
    TrainJob.self, ReleaseJob.self, QualifyJob.self, ReferenceJob.self, AuditJob.self,
  ])

  package let list: [any JobDefinition.Type]

  package init(_ list: [any JobDefinition.Type]) { self.list = list }

  package subscript(_ kind: JobKind) -> (any JobDefinition.Type)? { list.first { $0.kind == kind } }
}
