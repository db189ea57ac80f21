/// A suspect in a list.
package struct SuspectRow: Sendable {
  package var name: String
  package var dataset: String
  /// The verdict of the newest audit, or that there is none.
  package var verdict: Mark
  package var deltaP: Double?
  package var pDecoy: Double?
  /// Questions asked of those planned.
  package var asked: String
  /// Seconds since 1970: the newest audit, and when the next one is due.
  package var last: Int?
  package var next: Int?

  package init(
    name: String, dataset: String, verdict: Mark, deltaP: Double?, pDecoy: Double?, asked: String, last: Int?,
    next: Int?
  ) {
    self.name = name
    self.dataset = dataset
    self.verdict = verdict
    self.deltaP = deltaP
    self.pDecoy = pDecoy
    self.asked = asked
    self.last = last
    self.next = next
  }

  static func table(_ suspects: [SuspectRow]) -> Markup {
    Table(
      columns: [
        .init(name: "Suspect"), .init(name: "Dataset"), .init(name: "Verdict", isKept: true),
        .init(name: "ΔP", isNumber: true), .init(name: "p (decoys)", isNumber: true),
        .init(name: "Asked", isNumber: true), .init(name: "Last", isKept: true), .init(name: "Next", isKept: true),
      ],
      rows: suspects.map { suspect in
        .cells([
          Link(suspect.name, to: ["suspects", suspect.name]).markup, "\(suspect.dataset)", suspect.verdict.markup,
          "\(Figures.decimal(suspect.deltaP, 3))", "\(Figures.probability(suspect.pDecoy))", "\(suspect.asked)",
          suspect.last.map(Times.markup) ?? "\(Figures.missing)",
          suspect.next.map(Times.markup) ?? "\(Figures.missing)",
        ])
      }
    ).markup
  }
}
