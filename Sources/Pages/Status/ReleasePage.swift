/// One release: what it is, what it looks like, and how its qualification went.
package struct ReleasePage: Sendable {
  package var site: Site
  package var release: ReleaseLine
  package var facts: [Fact]
  /// Reasons of a release that is held.
  package var reasons: [String]
  /// The page of its qualification, and the job that made it.
  package var links: [Link]
  package var sheet: SampleSheetView?

  package init(
    site: Site, release: ReleaseLine, facts: [Fact], reasons: [String], links: [Link], sheet: SampleSheetView?
  ) {
    self.site = site
    self.release = release
    self.facts = facts
    self.reasons = reasons
    self.links = links
    self.sheet = sheet
  }

  package var html: String {
    let list: Markup? = reasons.isEmpty ? nil : "<ul>\(reasons.map { "<li>\($0)</li>" as Markup })</ul>"
    let samples: Markup? = sheet.map { "<h2>Marked samples</h2>\($0.markup)" }
    return site.document(
      release.name, at: .releases, refreshes: false,
      """
      <h1>\(release.name)</h1>
      <p>Qualification: \(release.qualification.markup)</p>\(list)
      \(links.map { "<p>\($0.markup)</p>" as Markup })
      \(facts.list)
      \(samples)
      """)
  }
}
