package import Inbox
package import Jobs

// The control socket's answers (docs/formats, "Control socket"). Times are whole seconds since 1970. Whoever may drop
// files may read them: nothing that a release's commitment rests on (generator, target class, source, seeds) is among
// them.

package struct StatusReport: Codable, Sendable, Equatable {
  package var version: String
  package var pid: Int
  /// "serving" or "stopping".
  package var state: String
  package var started: Int
  package var configuration: ConfigurationReport
  package var inbox: InboxReport
  /// Jobs by state; every state is there. A training that failed with its release counts with it.
  package var jobs: [String: Int]
  /// The newest of the jobs that failed.
  package var failed: [JobReport]
  /// Jobs that run or wait, oldest first.
  package var active: [JobReport]
  package var datasets: [DatasetReport]
  /// Nil without suspects.
  package var suspects: SuspectsReport?
  /// Alerts that were tried and not taken, each with the reason.
  package var alerts: [String]
  /// Inputs that the daemon cannot move for now, and why.
  package var stuck: [String]
}

package struct ConfigurationReport: Codable, Sendable, Equatable {
  package var file: String
  package var loaded: Int
  /// Why the last reload changed nothing; empty if it did.
  package var problems: [String]
  /// Keys that a restart would change.
  package var needsRestart: [String]
}

/// A dataset with a generator, a release, or a job at work.
package struct DatasetReport: Codable, Sendable, Equatable {
  package var name: String
  package var releases: Int
  /// The newest release's directory.
  package var newest: String?
  /// What was skipped in the newest release, in a line; nil if nothing was.
  package var skipped: String?
  /// Releases that are not out: held, or waiting for their qualification.
  package var unpublished: [ReleaseReport]
  /// Whether a generator has been trained.
  package var hasGenerator: Bool
}

package struct JobsReport: Codable, Sendable, Equatable {
  /// Newest first.
  package var jobs: [JobReport]
}

package struct JobReport: Codable, Sendable, Equatable {
  package var id: String
  package var kind: JobKind
  package var dataset: String
  /// "queued", "running", "waiting", "done", "failed", "cancelled".
  package var state: String
  /// Why it waits, and until when at the latest; of a job that is done, what it came to where nothing below says so.
  package var reason: String?
  package var until: Int?
  package var waitsFor: String?
  package var isCancelling: Bool
  package var input: Input
  package var filed: Int
  package var started: Int?
  package var ended: Int?
  package var crashes: Int
  package var progress: Progress?
  package var release: ReleaseReport?
  /// Of a qualification: what it said.
  package var gate: GateReport?
  /// Of a reference job: the panel that it built.
  package var panel: PanelReport?
  package var generator: GeneratorReport?
  package var failure: JobFailure?
  /// Of an audit: whose it is, and what it said.
  package var suspect: String?
  package var outcome: String?
  /// Only in the answer for one job.
  package var attempts: [AttemptReport]?
  package var failures: [FailureReport]?

  package struct Input: Codable, Sendable, Equatable {
    package var name: String
    package var bytes: Int
  }

  package struct Progress: Codable, Sendable, Equatable {
    package var stage: String
    package var done: Int
    package var total: Int
    package var unit: String
    package var metrics: [String: Double]
    /// For the rest of the stage, at the pace so far.
    package var secondsLeft: Int?
  }
}

package struct ReleaseReport: Codable, Sendable, Equatable {
  package var name: String
  package var directory: String
  package var sha256: String
  package var samples: Int
  package var markedSamples: Int
  package var skippedSamples: Int
  /// The first of them, with the reasons.
  package var skipped: [SkippedFile]
  /// "waiting" for its qualification, "held" or "published".
  package var state: String
  /// What its newest qualification said: "passed", "held" or "inconclusive".
  package var outcome: String?
  package var reasons: [String]
  /// When it was let out, and by whom: "qualification", "request", or "unqualified" where nobody asked for a
  /// qualification.
  package var published: Int?
  package var publishedBy: String?
}

package struct GateReport: Codable, Sendable, Equatable {
  package var release: String
  package var outcome: String
  package var reasons: [String]
  package var models: Int
}

package struct PanelReport: Codable, Sendable, Equatable {
  package var release: String
  package var models: Int
  /// How many of them the job trained; the others were there.
  package var trained: Int
  package var largestGain: Double
}

package struct GeneratorReport: Codable, Sendable, Equatable {
  package var path: String
  package var metrics: [String: Double]
}

package struct AttemptReport: Codable, Sendable, Equatable {
  package var started: Int
  package var ended: Int?
  /// "finished", "failed", "again", "crashed", "stopped", "interrupted"; nil while it runs.
  package var outcome: String?
  /// Exit code, or minus the signal.
  package var exit: Int?
}

package struct FailureReport: Codable, Sendable, Equatable {
  package var at: Int
  package var kind: String
  package var code: String
  package var message: String
}

/// What is answered when a request is refused.
package struct ProblemReport: Codable, Sendable, Equatable {
  package var error: Problem

  package struct Problem: Codable, Sendable, Equatable {
    package var code: String
    package var message: String
  }
}
