/// One job with its history.
package struct JobPage: Sendable {
  package struct Attempt: Sendable {
    let started: Int
    let ended: Int?
    let outcome: String

    /// Times in seconds since 1970.
    package init(started: Int, ended: Int?, outcome: String) {
      self.started = started
      self.ended = ended
      self.outcome = outcome
    }
  }

  package struct Failure: Sendable {
    let at: Int
    let code: String
    let message: String

    /// - Parameter at: seconds since 1970.
    package init(at: Int, code: String, message: String) {
      self.at = at
      self.code = code
      self.message = message
    }
  }

  package var site: Site
  package var job: JobRow
  package var facts: [Fact]
  /// What came out of it.
  package var results: [Fact]
  package var release: Link?
  package var attempts: [Attempt]
  package var failures: [Failure]

  package init(
    site: Site, job: JobRow, facts: [Fact], results: [Fact], release: Link?, attempts: [Attempt], failures: [Failure]
  ) {
    self.site = site
    self.job = job
    self.facts = facts
    self.results = results
    self.release = release
    self.attempts = attempts
    self.failures = failures
  }

  package var html: String {
    let note: Markup? = job.note.text.isEmpty ? nil : "<p>\(job.note.markup)</p>"
    let progress: Markup? = job.progress.map { "<p>\($0.markup)</p>" }
    let made: Markup? = results.isEmpty ? nil : "<h2>Result</h2>\(results.list)"
    let link: Markup? = release.map { "<p>\($0.markup)</p>" }
    return site.document(
      "Job \(job.id)", at: .jobs,
      """
      <h1>Job \(job.id): \(job.kind) \(job.dataset)</h1>
      <p>\(job.mark.markup)</p>
      \(progress)\(note)
      \(facts.list)
      \(made)\(link)
      \(failures.isEmpty ? .none : failureTable)
      \(attempts.isEmpty ? .none : attemptTable)
      """)
  }

  private var failureTable: Markup {
    let table = Table(
      columns: [.init(name: "When", isKept: true), .init(name: "Code", isKept: true), .init(name: "Reason")],
      rows: failures.map { .cells([Times.markup($0.at), "<code>\($0.code)</code>", "\($0.message)"]) })
    return "<h2>Failures</h2>\(table.markup)"
  }

  private var attemptTable: Markup {
    let table = Table(
      columns: [
        .init(name: "Started", isKept: true), .init(name: "Ended", isKept: true), .init(name: "Outcome"),
      ],
      rows: attempts.map {
        .cells([Times.markup($0.started), $0.ended.map(Times.markup) ?? "\(Figures.missing)", "\($0.outcome)"])
      })
    return "<h2>Runs</h2>\(table.markup)"
  }
}
