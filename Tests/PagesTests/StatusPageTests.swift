import Foundation
import Testing

@testable import Pages

@Suite struct StatusPageTests {
  private let site = Site(version: "1.2.3", refresh: 10, now: 1_795_257_000, hasSuspects: true)

  private func job(_ state: String, _ name: String, progress: JobRow.Progress? = nil) -> JobRow {
    JobRow(
      id: "12", kind: "train", dataset: name, state: state, filed: 1_795_250_000, ended: nil, progress: progress,
      note: Link(name, to: ["releases", name]))
  }

  private func overview(_ name: String, troubles: [Link] = [], active: [JobRow] = []) -> OverviewPage {
    OverviewPage(
      site: site, isStopping: false, troubles: troubles, circumstances: [Fact("Configuration", name)],
      counts: ["running": active.count, "queued": 2, "waiting": 1], active: active,
      files: [.init(name: name, size: "12 MB", state: "blocked", note: name)],
      releases: [
        ReleaseRow(
          name: name, dataset: name, samples: 60_000, markedSamples: 2500, made: 1_795_250_000,
          qualification: Mark(.good, "passed"))
      ],
      suspects: [
        SuspectRow(
          name: name, dataset: name, verdict: Mark(.unclear, "inconclusive"), deltaP: 0.1, pDecoy: 0.2,
          asked: "200 of 690",
          last: 1_795_250_000, next: nil)
      ], ended: [job("failed", name)])
  }

  @Test func anOrderlyDaemonSaysSo() throws {
    let page = try XHTML(overview("cifar10").html)
    #expect(page.text.contains("In order") && page.text.contains("0 jobs at work, 3 waiting."))
    #expect(page.links().contains("/jobs/12") && page.links().contains("/releases/cifar10"))
    #expect(page.links().contains("/suspects/cifar10"))
    #expect(page.elements.contains { $0.attributes["http-equiv"] == "refresh" && $0.attributes["content"] == "10" })
    #expect(page.text.contains("60,000") && page.text.contains("2,500"))
  }

  @Test func troubleComesFirst() throws {
    let page = try XHTML(
      overview("cifar10", troubles: [Link("Job 3 failed: no such class", to: ["jobs", "3"])]).html)
    let text = page.text
    let trouble = try #require(text.range(of: "Job 3 failed: no such class"))
    let work = try #require(text.range(of: "At work"))
    #expect(text.contains("1 problem") && trouble.lowerBound < work.lowerBound)
    #expect(page.links().contains("/jobs/3"))
  }

  @Test func whatIsNotListedCountsAllTheSame() throws {
    var overview = overview("cifar10", troubles: [Link("Job 3 failed"), Link("Job 2 failed")])
    overview.furtherFailures = 1
    let page = try XHTML(overview.html)
    #expect(page.text.contains("3 problems") && page.text.contains("1 earlier job failed, too"))
    #expect(page.links().contains("/jobs"))
  }

  @Test func aBusyDaemonShowsItsProgress() throws {
    let progress = JobRow.Progress(stage: "generator", share: 0.256, text: "100/390 steps, 3 min left")
    let page = try XHTML(overview("cifar10", active: [job("running", "cifar10", progress: progress)]).html)
    #expect(page.elements.contains { $0.name == "progress" && $0.attributes["value"] == "25" })
    #expect(page.text.contains("generator, 100/390 steps, 3 min left"))
  }

  @Test func hostileNamesStayTextAndStayWithinTheSite() throws {
    let html = overview(Hostile.name, troubles: [Link(Hostile.name, to: ["jobs", "../../x?y#z"])]).html
    let page = try XHTML(html)
    #expect(page.count("script") == 0 && !page.elements.contains { $0.attributes["onload"] != nil })
    #expect(page.links().contains("/jobs/..%2F..%2Fx%3Fy%23z"))
    for link in page.links() { #expect(link.hasPrefix("/") && !link.hasPrefix("//")) }
  }

  @Test func aJobTellsItsFailuresAndRuns() throws {
    let page = JobPage(
      site: site, job: job("failed", "cifar10"), facts: [Fact("Input", "a.tar")], results: [], release: nil,
      attempts: [.init(started: 1_795_250_000, ended: 1_795_250_100, outcome: "failed, exit 3")],
      failures: [.init(at: 1_795_250_100, code: "truncated-archive", message: Hostile.name)])
    let parsed = try XHTML(page.html)
    #expect(parsed.text.contains("truncated-archive") && parsed.text.contains("failed, exit 3"))
    #expect(parsed.count("script") == 0)
  }

  @Test func aSuspectShowsEffectAndEvidence() throws {
    let audits = (1...4).map { number in
      SuspectPage.Audit(
        id: "\(number)", time: 1_795_000_000 + number * 604_800, verdict: Mark(.bad, "trained on"), deltaP: 0.3,
        pDecoy: 0.01, evidence: Double(number), queries: 200, answered: 198, isConclusive: number != 2)
    }
    let page = try XHTML(
      SuspectPage(
        site: site, name: "acme", finding: Finding(.bad, word: "Trained on", sentence: "…"), facts: [], audits: audits,
        threshold: 2, evidenceUnit: "−log₁₀ p"
      ).html)
    #expect(page.text.contains("accused from here on") && page.text.contains("198 of 200"))
    #expect(page.links().contains("/audits/4"))
    let audit = try XHTML(
      AuditPage(
        site: site, id: "4", suspect: "acme", subject: "automobile",
        finding: Finding(.unclear, word: "Inconclusive", sentence: "outage"), facts: [], clean: [0.1], marked: [0.9],
        carriers: [0.8], decoys: [0.1, 0.2], tests: [.init(name: "Rank", statistic: "1 of 3", p: 0.33, note: "")],
        origin: []
      ).html)
    #expect(audit.text.contains("Inconclusive") && audit.text.contains("the key 0.800"))
    #expect(audit.links().contains("/suspects/acme") && !audit.text.contains("belongs to carrier"))
  }

  @Test func anAuditOfAnAssignmentShowsItsMatrixInPlaceOfDecoys() throws {
    let page = try XHTML(
      AuditPage(
        site: site, id: "4", suspect: "acme", subject: "the carrier’s class",
        finding: Finding(.good, word: "Not shown", sentence: "…"), facts: [], clean: [0.1], marked: [0.2],
        carriers: [0.1], decoys: [0.1, 0.2],
        assignment: .init(
          chart: AssignmentChart([[0.5, 0], [0, 0.25]], classes: [Hostile.name], title: Hostile.name),
          histogram: AssignmentHistogram(counts: [1, 1], least: 0, largest: 1, own: 1, title: "x"),
          outlook: "An estimate: \(Hostile.name)"),
        tests: [], origin: []
      ).html)
    #expect(page.text.contains("class 2, carrier 2: 0.250") && page.text.contains("the release’s own 1.000"))
    #expect(page.text.contains("An estimate: <script>") && page.count("script") == 0)
    #expect(!page.text.contains("among decoys"))
    #expect(page.text.contains("class 1 belongs to carrier 1") && page.text.contains("stays in the vault"))
  }

  @Test func listsSayWhenTheyAreEmptyOrCut() throws {
    #expect(try XHTML(ListPage(site, jobs: [], limit: 200).html).text.contains("No job yet."))
    let cut = try XHTML(ListPage(site, jobs: [job("done", "a"), job("done", "b")], limit: 2).html)
    #expect(cut.text.contains("2 are listed; there may be more."))
    #expect(try XHTML(NoticePage(site, title: "Not here", sentence: "<b>").html).text.contains("<b>"))
  }
}
