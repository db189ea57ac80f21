/// The daemon at a glance: what needs somebody, what is at work, what came out.
package struct OverviewPage: Sendable {
  package struct File: Sendable {
    let name: String
    let size: String
    let state: String
    let note: String

    package init(name: String, size: String, state: String, note: String) {
      self.name = name
      self.size = size
      self.state = state
      self.note = note
    }
  }

  package var site: Site
  package var isStopping: Bool
  /// What somebody has to look at.
  package var troubles: [Link]
  /// Failed jobs beyond those among the troubles.
  package var furtherFailures: Int
  /// The daemon's own circumstances: how long it serves, its inbox, its configuration.
  package var circumstances: [Fact]
  package var counts: [String: Int]
  package var active: [JobRow]
  package var files: [File]
  package var releases: [ReleaseRow]
  package var suspects: [SuspectRow]
  package var ended: [JobRow]

  package init(
    site: Site, isStopping: Bool, troubles: [Link], furtherFailures: Int = 0, circumstances: [Fact],
    counts: [String: Int], active: [JobRow], files: [File], releases: [ReleaseRow], suspects: [SuspectRow],
    ended: [JobRow]
  ) {
    self.site = site
    self.isStopping = isStopping
    self.troubles = troubles
    self.furtherFailures = furtherFailures
    self.circumstances = circumstances
    self.counts = counts
    self.active = active
    self.files = files
    self.releases = releases
    self.suspects = suspects
    self.ended = ended
  }

  package var html: String {
    let inbox: Markup? = files.isEmpty ? nil : "<h2>Inbox</h2>\(fileTable)"
    let audited: Markup? = suspects.isEmpty ? nil : "<h2>Suspects</h2>\(SuspectRow.table(suspects))"
    return site.document(
      finding.word, at: .overview,
      """
      <h1 class="soft small">Status</h1>
      \(finding.markup)
      \(troubleList)
      <h2>At work</h2>
      \(active.isEmpty ? Self.empty("Nothing to do. Drop an archive into the inbox.") : JobRow.table(active, showsTime: false))
      \(inbox)
      <h2>Releases</h2>
      \(releases.isEmpty ? Self.empty("No release yet.") : ReleaseRow.table(releases))
      \(audited)
      <h2>Latest jobs</h2>
      \(ended.isEmpty ? Self.empty("No job has ended yet.") : JobRow.table(ended))
      <h2>Daemon</h2>
      \(circumstances.list)
      """)
  }

  private var finding: Finding {
    let running = counts["running", default: 0]
    let waiting = counts["queued", default: 0] + counts["waiting", default: 0]
    let sentence = "\(Figures.count(running, "job")) at work, \(Figures.count(waiting)) waiting."
    if isStopping { return Finding(.unclear, word: "Stopping", sentence: sentence) }
    if troubles.isEmpty { return Finding(.good, word: "In order", sentence: sentence) }
    return Finding(.bad, word: Figures.count(troubles.count + furtherFailures, "problem"), sentence: sentence)
  }

  private var troubleList: Markup? {
    guard !troubles.isEmpty else { return nil }
    let further: Markup? =
      furtherFailures > 0
      ? "<li>\(Link("\(Figures.count(furtherFailures, "earlier job")) failed, too", to: ["jobs"]).markup)</li>\n" : nil
    return "<h2>Needs attention</h2><ul>\(troubles.map { "<li>\($0.markup)</li>\n" as Markup })\(further)</ul>"
  }

  private var fileTable: Markup {
    Table(
      columns: [
        .init(name: "File"), .init(name: "Size", isNumber: true), .init(name: "State", isKept: true),
        .init(name: "Notes"),
      ],
      rows: files.map {
        .cells([
          "\($0.name)", "\($0.size)", Mark($0.state == "blocked" ? .bad : .unclear, $0.state).markup, "\($0.note)",
        ])
      }
    ).markup
  }

  static func empty(_ text: String) -> Markup { "<p class=\"soft\">\(text)</p>" }
}
