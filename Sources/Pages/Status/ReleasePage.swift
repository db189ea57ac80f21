/// One release: what it is, and how its qualification went. Which samples are marked, and how, is the vault's to know.
package struct ReleasePage: Sendable {
  /// What somebody may do next, and the command that does it.
  package struct Step: Sendable {
    let what: String
    let command: String

    package init(_ what: String, command: String) {
      self.what = what
      self.command = command
    }
  }

  package var site: Site
  package var release: ReleaseRow
  package var facts: [Fact]
  /// Reasons of a release that is held.
  package var reasons: [String]
  /// Ways on for a release that is held.
  package var steps: [Step]
  /// The page of its qualification, and the job that made it.
  package var links: [Link]

  package init(
    site: Site, release: ReleaseRow, facts: [Fact], reasons: [String], steps: [Step] = [], links: [Link]
  ) {
    self.site = site
    self.release = release
    self.facts = facts
    self.reasons = reasons
    self.steps = steps
    self.links = links
  }

  package var html: String {
    let list: Markup? = reasons.isEmpty ? nil : "<ul>\(reasons.map { "<li>\($0)</li>" as Markup })</ul>"
    let ways: Markup? =
      steps.isEmpty
      ? nil
      : "<ul>\(steps.map { "<li>\($0.what): <code>\($0.command)</code></li>" as Markup })</ul>"
    return site.document(
      release.name, at: .releases, refreshes: false,
      """
      <h1>\(release.name)</h1>
      <p>Qualification: \(release.qualification.markup)</p>\(list)
      \(ways)
      \(links.map { "<p>\($0.markup)</p>" as Markup })
      \(facts.list)
      """)
  }
}
