import Foundation
import Jobs
import Ledger
import Pages
import ServiceConfiguration

extension StatusPages {
  func suspects() async throws -> String {
    ListPage(site, suspects: try await suspectLines(limit: Self.listed), limit: Self.listed).html
  }

  /// The convicted first, then by name.
  func suspectLines(limit: Int) async throws -> [SuspectRow] {
    // The newest two: the newest alone is often the one under way.
    let suspects = try await pipeline.audits.report(of: nil, limit: 2).suspects
    return (suspects.filter(\.isConvicted) + suspects.filter { !$0.isConvicted }).prefix(limit).map { SuspectRow($0) }
  }

  func suspect(_ name: String) async throws -> String {
    guard let suspect = try await pipeline.audits.report(of: name, limit: Self.listed).suspects.first else {
      throw ConfigurationError.noSuchSuspect(name)
    }
    var facts = [
      Fact("Dataset", suspect.dataset ?? "no longer in the configuration"),
      Fact("Asked at", suspect.url ?? Figures.missing),
    ]
    if let schedule = suspect.schedule { facts.append(Fact("Schedule", schedule, detail: suspect.timeZone ?? "")) }
    if let obstacle = suspect.obstacle { facts.append(Fact("Cannot be audited", obstacle)) }
    if let next = suspect.next { facts.append(Fact("Next audit", Times.text(next))) }
    return SuspectPage(
      site: site, name: suspect.name, finding: Finding(suspect), facts: facts,
      audits: suspect.audits.map { SuspectPage.Audit($0) }, threshold: 0,
      evidenceUnit: "log₁₀(level / p), all audits pooled"
    ).html
  }

  /// - Parameter job: the audit's number is its job's.
  func audit(_ job: Int64) async throws -> String {
    let (entry, suspect, release) = try await ledger.audit(ofJob: job)
    let result = entry.found
    let scores = result?.scores
    return AuditPage(
      site: site, id: "\(job)", suspect: suspect,
      // Which classes they are, is the vault's to know.
      subject: result?.assignment == nil ? "target" : "the carrier’s class", finding: Finding(result, suspect: suspect),
      facts: Self.facts(of: entry, result, release: release.name), clean: scores?.clean ?? [],
      marked: scores?.marked ?? [], carriers: scores?.carriers ?? [], decoys: scores?.decoys ?? [],
      assignment: result.flatMap { AuditPage.Assignment($0, title: "Audit \(job) of \(suspect)") },
      // Before a series there was nobody to ask, and nothing to test.
      tests: result.map { $0.series > 0 ? Self.tests(of: $0) : [] } ?? [], origin: result.map(Self.origin) ?? []
    ).html
  }

  private static func facts(of entry: AuditEntry, _ result: AuditResult?, release: String) -> [Fact] {
    var facts = [Fact("Release", release), Fact("Filed", Times.text(entry.filed / 1000))]
    if let due = entry.due { facts.append(Fact("Due", Times.text(due))) }
    if let ended = entry.ended { facts.append(Fact("Ended", Times.text(ended / 1000))) }
    guard let result else { return facts }
    facts.append(
      result.asked > 0
        ? Fact(
          "Questions", "\(Figures.count(result.answered)) of \(Figures.count(result.asked)) answered",
          detail: "in this audit")
        : Fact("Questions", "none", detail: result.isComplete ? "the series is complete" : "in this audit"))
    if result.series > 0 {
      facts.append(
        Fact(
          "Series", "\(Figures.count(result.seriesAnswered)) of \(Figures.count(result.seriesAsked)) answered",
          detail: "\(Figures.count(result.seriesQuestions)) planned"))
    }
    if let deltaP = result.deltaP {
      facts.append(Fact("ΔP", Figures.decimal(deltaP, 3), detail: Figures.count(result.pairs, "pair")))
    }
    if let share = result.wsr { facts.append(Fact("WSR", Figures.percent(share))) }
    if let interruption = result.interruption { facts.append(Fact("Ended early by", interruption)) }
    if result.modelChanged { facts.append(Fact("Model", "changed between audits")) }
    if result.reused > 0 { facts.append(Fact("Images used before", "\(result.reused)")) }
    return facts
  }

  private static func tests(of result: AuditResult) -> [AuditPage.Test] {
    [
      .init(
        name: "Rank of the key, all audits pooled",
        statistic: result.looks > 0 ? Figures.count(result.looks, "look") : Figures.missing,
        p: result.pDecoy,
        note: result.level.map { "decides: at most \(Figures.probability($0)) convicts" } ?? "no look yet"),
      .init(
        name: "Rank among the reference panel", statistic: Figures.missing, p: result.pPanel,
        note: result.pPanel == nil ? "no panel" : "beside the key's rank"),
      .init(
        name: "e-value", statistic: result.evidence.map { "ln e = \(Figures.decimal($0, 2))" } ?? Figures.missing,
        p: nil,
        note: "of the pooled rank"),
    ]
  }

  private static func origin(of result: AuditResult) -> [Fact] {
    [
      Fact("Suspect’s model", result.model ?? "not named"),
      Fact("Transcript", result.transcript ?? "none", detail: result.transcriptDigest.map { "SHA-256 \($0)" } ?? ""),
      Fact("Evidence package", result.package ?? "none"),
    ]
  }
}

extension AuditPage.Assignment {
  /// Classes have their numbers in the key for names.
  fileprivate init?(_ result: AuditResult, title: String) {
    guard let found = result.assignment else { return nil }
    self.init(
      chart: AssignmentChart(found.gains, classes: [], title: title),
      histogram: AssignmentHistogram(
        counts: found.counts, least: found.least, largest: found.largest, own: found.score, title: title),
      outlook: Self.outlook(found, result))
  }

  private static func outlook(_ found: AuditedAssignment, _ result: AuditResult) -> String {
    let score = found.standardised ?? 0
    let place = """
      the release’s own assignment lies \(Figures.decimal(abs(score), 1)) standard deviations \
      \(score < 0 ? "below" : "above") the mean of all
      """
    let level = Figures.probability(found.nextLevel)
    if let p = result.pDecoy, let level = result.level, p <= level {
      return "\(Figures.count(found.images, "image")) were enough: \(place)."
    }
    if let needed = found.imagesNeeded {
      return """
        An estimate: about \(Figures.count(needed, "image")) in all, \(Figures.count(found.images)) so far, would bring the \
        expected p to \(level), the level of the next look. Now \(place); that grows with the square root of the number, if \
        the suspect goes on answering like this.
        """
    }
    return Double(result.keys) * found.nextLevel < 1
      ? "More images would not reach the level of the next look, \(level): there are only \(Figures.count(result.keys)) assignments."
      : "An estimate: more images would hardly bring p to \(level), the level of the next look: \(place)."
  }
}

extension SuspectRow {
  init(_ suspect: SuspectReport) {
    let newest = suspect.audits.first { $0.result != nil }
    self.init(
      name: suspect.name, dataset: suspect.dataset ?? "", verdict: Mark(suspect), deltaP: newest?.result?.deltaP,
      pDecoy: newest?.result?.pDecoy,
      asked: newest?.result.flatMap { result in
        guard result.series > 0 else { return nil }
        return "\(Figures.count(result.seriesAsked)) of \(Figures.count(result.seriesQuestions))"
      } ?? Figures.missing, last: newest?.ended, next: suspect.next)
  }
}

extension SuspectPage.Audit {
  init(_ audit: AuditReport) {
    let result = audit.result
    // How far the pooled rank is beyond what its look had to reach; positive convicts.
    let evidence = result.flatMap { result in
      result.level.flatMap { level in result.pDecoy.map { log10(level / $0) } }
    }
    self.init(
      id: audit.job, time: audit.ended ?? audit.started ?? audit.filed,
      verdict: result.map { Mark(outcome: $0.outcome) } ?? Mark(.unclear, audit.state), deltaP: result?.deltaP,
      pDecoy: result?.pDecoy, evidence: evidence, queries: result?.asked ?? 0, answered: result?.answered ?? 0,
      isConclusive: result.map { $0.outcome != "inconclusive" } ?? false)
  }
}

extension Finding {
  init(_ suspect: SuspectReport) {
    let newest = suspect.audits.lazy.compactMap(\.result).first
    if suspect.isConvicted {
      let release = suspect.audits.lazy.compactMap(\.result).first { $0.outcome == "trained-on" }?.release
      self.init(
        .bad, word: "Trained on \(release ?? "a release")",
        sentence: "An audit has shown it; see the audits below for when and how.")
    } else {
      self.init(newest, suspect: suspect.name)
    }
  }

  /// - Parameter result: of an audit; nil while there is none.
  init(_ result: AuditResult?, suspect: String) {
    let reasons = result?.remarks ?? []
    switch result?.outcome {
    case "trained-on":
      self.init(
        .bad, word: "Trained on \(result?.release ?? "the release")",
        sentence: "\(suspect) answers the release’s key as only a model trained on it does.", reasons: reasons)
    case "not-shown":
      self.init(
        .good, word: "Not shown",
        sentence: "Nothing so far tells \(suspect) from a model that never saw the release.", reasons: reasons)
    case "inconclusive":
      self.init(.unclear, word: "Inconclusive", sentence: "This says nothing either way.", reasons: reasons)
    default: self.init(.unclear, word: "Not audited", sentence: "There is no result yet.")
    }
  }
}

extension Mark {
  init(_ suspect: SuspectReport) {
    if suspect.isConvicted { self.init(.bad, "trained on") } else { self.init(outcome: suspect.outcome) }
  }

  init(outcome: String?) {
    switch outcome {
    case "trained-on": self.init(.bad, "trained on")
    case "not-shown": self.init(.good, "not shown")
    case "inconclusive": self.init(.unclear, "inconclusive")
    default: self.init(.unclear, "not audited")
    }
  }
}
