/// All jobs, releases or suspects that are worth listing.
package struct ListPage: Sendable {
  private let site: Site
  private let title: String
  private let place: Site.Place
  private let content: Markup

  /// - Parameter limit: how many are listed at most.
  package init(_ site: Site, jobs: [JobRow], limit: Int) {
    self.init(
      site, title: "Jobs", at: .jobs, content: jobs.isEmpty ? nil : JobRow.table(jobs), none: "No job yet.",
      isCut: jobs.count >= limit ? limit : nil)
  }

  package init(_ site: Site, releases: [ReleaseRow], limit: Int) {
    self.init(
      site, title: "Releases", at: .releases, content: releases.isEmpty ? nil : ReleaseRow.table(releases),
      none: "No release yet. Drop an archive into the inbox.", isCut: releases.count >= limit ? limit : nil)
  }

  package init(_ site: Site, suspects: [SuspectRow], limit: Int) {
    self.init(
      site, title: "Suspects", at: .suspects, content: suspects.isEmpty ? nil : SuspectRow.table(suspects),
      none: "No suspect is registered. Add a [[suspect]] to the configuration.",
      isCut: suspects.count >= limit ? limit : nil)
  }

  private init(_ site: Site, title: String, at place: Site.Place, content: Markup?, none: String, isCut limit: Int?) {
    self.site = site
    self.title = title
    self.place = place
    let note: Markup? = limit.map { "<p class=\"soft small\">\($0) are listed; there may be more.</p>" }
    self.content = "\(content ?? OverviewPage.empty(none))\(note)"
  }

  package var html: String { site.document(title, at: place, "<h1>\(title)</h1>\(content)") }
}

/// A page that says one thing: that there is nothing here, or that a request was refused.
package struct NoticePage: Sendable {
  private let site: Site
  private let title: String
  private let sentence: String

  package init(_ site: Site, title: String, sentence: String) {
    self.site = site
    self.title = title
    self.sentence = sentence
  }

  package var html: String {
    site.document(
      title, at: nil, refreshes: false, "<h1>\(title)</h1><p>\(sentence)</p><p><a href=\"/\">Status</a></p>")
  }
}
