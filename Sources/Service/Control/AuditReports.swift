package import Jobs

// The control socket's answers about audits (docs/formats, "Control socket"). Times are whole seconds since 1970.

package struct AuditsReport: Codable, Sendable, Equatable {
  /// By name.
  package var suspects: [SuspectReport]
}

/// How the suspects of the configuration stand: part of the status.
package struct SuspectsReport: Codable, Sendable, Equatable {
  package var count: Int
  /// Names of those that an audit has convicted.
  package var convicted: [String]
  /// The others by what their newest audit said; "not-audited" before the first.
  package var outcomes: [String: Int]
  /// What keeps some of them from being audited, by name.
  package var obstacles: [String: String]
}

package struct SuspectReport: Codable, Sendable, Equatable {
  package var name: String
  /// Nil for a suspect that the configuration no longer has.
  package var dataset: String?
  package var url: String?
  package var schedule: String?
  package var timeZone: String?
  /// When the next audit is due.
  package var next: Int?
  /// What keeps it from being audited, such as a release that is not there yet.
  package var obstacle: String?
  /// What the newest audit that is over said; nil before the first.
  package var outcome: String?
  /// Whether any audit convicted it.
  package var isConvicted: Bool
  /// Newest first.
  package var audits: [AuditReport]
}

package struct AuditReport: Codable, Sendable, Equatable {
  /// The job, and its state.
  package var job: String
  package var state: String
  package var release: String
  /// Nil for an audit on request.
  package var due: Int?
  package var filed: Int
  package var started: Int?
  package var ended: Int?
  package var result: AuditResult?
}
