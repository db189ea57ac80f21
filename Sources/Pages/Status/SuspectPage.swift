/// One suspect over its audits.
package struct SuspectPage: Sendable {
  package struct Audit: Sendable {
    package var id: String
    /// Seconds since 1970.
    package var time: Int
    package var verdict: Mark
    package var deltaP: Double?
    package var pDecoy: Double?
    /// −log₁₀ of the p-value or log₁₀ of the e-value that decides, over all audits so far.
    package var evidence: Double?
    package var queries: Int
    package var answered: Int
    package var isConclusive: Bool

    package init(
      id: String, time: Int, verdict: Mark, deltaP: Double?, pDecoy: Double?, evidence: Double?, queries: Int,
      answered: Int, isConclusive: Bool
    ) {
      self.id = id
      self.time = time
      self.verdict = verdict
      self.deltaP = deltaP
      self.pDecoy = pDecoy
      self.evidence = evidence
      self.queries = queries
      self.answered = answered
      self.isConclusive = isConclusive
    }
  }

  package var site: Site
  package var name: String
  package var finding: Finding
  package var facts: [Fact]
  /// Newest first.
  package var audits: [Audit]
  /// What the evidence has to reach, in its own unit.
  package var threshold: Double?
  /// The unit of the evidence in words, such as "−log₁₀ p, all audits pooled".
  package var evidenceUnit: String

  package init(
    site: Site, name: String, finding: Finding, facts: [Fact], audits: [Audit], threshold: Double?, evidenceUnit: String
  ) {
    self.site = site
    self.name = name
    self.finding = finding
    self.facts = facts
    self.audits = audits
    self.threshold = threshold
    self.evidenceUnit = evidenceUnit
  }

  package var html: String {
    let deltaP = SeriesChart(
      audits.compactMap { audit in
        audit.deltaP.map { .init(time: audit.time, value: $0, isConclusive: audit.isConclusive) }
      }, title: "ΔP of \(name) over its audits", unit: "ΔP of the audit")
    let evidence = SeriesChart(
      audits.compactMap { audit in
        audit.evidence.map { .init(time: audit.time, value: $0, isConclusive: audit.isConclusive) }
      }, title: "Evidence against \(name) over its audits", unit: evidenceUnit,
      threshold: threshold.map { ($0, "accused from here on") })
    let charts: Markup =
      audits.allSatisfy { $0.deltaP == nil && $0.evidence == nil }
      ? "<p class=\"soft\">There are not enough answers yet to draw anything.</p>"
      : """
      <div class="charts">
      <figure><figcaption><strong>Effect</strong>: how much the mark moves its answers</figcaption>\(deltaP.markup)</figure>
      <figure><figcaption><strong>Evidence</strong>: all audits so far together</figcaption>\(evidence.markup)</figure>
      </div>
      <p class="soft small">A hollow point is an audit that could not conclude.</p>
      """
    return site.document(
      name, at: .suspects,
      """
      <h1>\(name)</h1>
      \(finding.markup)
      \(charts)
      \(facts.list)
      <h2>Audits</h2>
      \(audits.isEmpty ? OverviewPage.empty("No audit yet.") : table)
      """)
  }

  private var table: Markup {
    Table(
      columns: [
        .init(name: "Audit"), .init(name: "Time", isKept: true), .init(name: "Verdict", isKept: true),
        .init(name: "ΔP", isNumber: true), .init(name: "p (decoys)", isNumber: true),
        .init(name: "Evidence", isNumber: true), .init(name: "Answered", isNumber: true),
      ],
      rows: audits.map { audit in
        .cells([
          Link(audit.id, to: ["audits", audit.id]).markup, Times.markup(audit.time), audit.verdict.markup,
          "\(Figures.decimal(audit.deltaP, 3))", "\(Figures.probability(audit.pDecoy))",
          "\(Figures.decimal(audit.evidence, 2))",
          audit.queries == 0 ? "none asked" : "\(Figures.count(audit.answered)) of \(Figures.count(audit.queries))",
        ])
      }
    ).markup
  }
}
