/// One audit: its verdict, the answers, and every test.
package struct AuditPage: Sendable {
  package struct Test: Sendable {
    let name: String
    let statistic: String
    let p: Double?
    let note: String

    package init(name: String, statistic: String, p: Double?, note: String) {
      self.name = name
      self.statistic = statistic
      self.p = p
      self.note = note
    }
  }

  /// What is shown of an assignment.
  package struct Assignment: Sendable {
    let chart: AssignmentChart
    let histogram: AssignmentHistogram
    /// What more images would buy.
    let outlook: String

    package init(chart: AssignmentChart, histogram: AssignmentHistogram, outlook: String) {
      self.chart = chart
      self.histogram = histogram
      self.outlook = outlook
    }
  }

  package var site: Site
  package var id: String
  package var suspect: String
  package var subject: String
  package var finding: Finding
  package var facts: [Fact]
  /// P_b, P_w, and ΔP under the key's own carriers and under decoys.
  package var clean: [Double]
  package var marked: [Double]
  package var carriers: [Double]
  package var decoys: [Double]
  /// In place of the carriers among decoys, where the key is an assignment.
  package var assignment: Assignment?
  package var tests: [Test]
  /// Digests, files, versions.
  package var origin: [Fact]

  package init(
    site: Site, id: String, suspect: String, subject: String, finding: Finding, facts: [Fact], clean: [Double],
    marked: [Double], carriers: [Double], decoys: [Double], assignment: Assignment? = nil, tests: [Test],
    origin: [Fact]
  ) {
    self.site = site
    self.id = id
    self.suspect = suspect
    self.subject = subject
    self.finding = finding
    self.facts = facts
    self.clean = clean
    self.marked = marked
    self.carriers = carriers
    self.decoys = decoys
    self.assignment = assignment
    self.tests = tests
    self.origin = origin
  }

  package var html: String {
    let title = "Audit \(id) of \(suspect)"
    let answers = DistributionChart(clean: clean, marked: marked, title: title, subject: subject)
    let amongDecoys: Markup? =
      decoys.isEmpty
      ? nil
      : """
      <figure><figcaption><strong>Key</strong>: its carriers among decoys</figcaption>\
      \(DecoyChart(decoys: decoys, own: carriers, title: title).markup)</figure>
      """
    let rank = assignment.map(figures) ?? amongDecoys
    let charts: Markup? =
      clean.isEmpty && rank == nil
      ? nil
      : """
      <div class="charts"><figure><figcaption><strong>Answers</strong> without and with the mark</figcaption>\
      \(answers.markup)</figure>\(rank)</div>
      \(assignment == nil ? .none : Self.caption)
      \(assignment.map { "<p class=\"soft\">\($0.outlook)</p>" as Markup })
      """
    return site.document(
      title, at: .suspects, refreshes: false,
      """
      <h1>\(title)</h1>
      <p>\(Link(suspect, to: ["suspects", suspect]).markup)</p>
      \(finding.markup)
      \(charts)
      \(tests.isEmpty ? .none : table)
      \(facts.isEmpty ? .none : "<h2>What was asked</h2>\(facts.list)" as Markup)
      \(origin.isEmpty ? .none : "<h2>Digests and versions</h2>\(origin.list)" as Markup)
      """)
  }

  /// What the matrix has no names for.
  private static let caption: Markup = """
    <p class="soft small">Rows of the matrix are marked classes, its columns carriers, both numbered in the key’s order: \
    class 1 belongs to carrier 1. Which classes these are is part of the release’s secret, and stays in the vault.</p>
    """

  private func figures(_ assignment: Assignment) -> Markup {
    """
    <figure><figcaption><strong>Key</strong>: what each class gains under each carrier, its own outlined</figcaption>\
    \(assignment.chart.markup)</figure>
    <figure><figcaption><strong>Rank</strong>: the release’s assignment among all that could have been drawn</figcaption>\
    \(assignment.histogram.markup)</figure>
    """
  }

  private var table: Markup {
    let table = Table(
      columns: [
        .init(name: "Test"), .init(name: "Statistic", isNumber: true), .init(name: "p", isNumber: true),
        .init(name: "Notes"),
      ],
      rows: tests.map { .cells(["\($0.name)", "\($0.statistic)", "\(Figures.probability($0.p))", "\($0.note)"]) })
    return "<h2>Tests</h2>\(table.markup)"
  }
}
