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
      // Which class it is, is the vault's to know.
      subject: "target", finding: Finding(result, suspect: suspect),
      facts: Self.facts(of: entry, result, release: release.name), clean: scores?.clean ?? [],
      marked: scores?.marked ?? [], carriers: scores?.carriers ?? [], decoys: scores?.decoys ?? [],
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
