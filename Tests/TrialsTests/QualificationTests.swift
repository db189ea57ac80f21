import Evidence
import Fidelity
import Foundation
import Foundations
import Jobs
import Synchronization
import Testing

@testable import Fixtures
@testable import Releases
@testable import Trials
@testable import Work

@Suite struct QualificationTests {
  private func report(scenarios: [QualificationRow.Scenario], epochs: Int) throws -> QualificationReport {
    let fixture = try KeyedFixture.shared.get()
    return try Qualification(
      release: fixture.release, vault: fixture.vault, original: fixture.archive,
      settings: QualificationSettings(
        QualifySettings(
          learners: [.init(architecture: "cnn", width: 8)], seeds: 1, epochs: epochs, images: 20, decoys: 19,
          alpha: 0.05), seed: 4, scenarios: scenarios),
      limits: InputLimits()
    ).run(WorkContext(threads: 2))
  }

  @Test func judgesEveryKindOfModelOnTheSameQuestions() throws {
    let report = try report(scenarios: QualificationRow.Scenario.allCases, epochs: 2)
    #expect(
      report.rows.map(\.scenario) == [
        .independentModel, .independentModel, .independentModel, .independentModel, .independentWatermark, .malicious,
        .malicious,
      ])
    #expect(report.rows.allSatisfy { $0.figures.decoys == 1539 && $0.figures.pairs == 20 && $0.pPanel != nil })
    // Who learned the release from scratch has a twin that learned the clean data.
    let fidelity = report.rows.map(\.fidelity)
    #expect(fidelity.map { $0 != nil } == [false, false, false, false, false, true, false])
    let figures = try #require(fidelity[5])
    #expect(figures.pfl > 0 && figures.spl > 0 && figures.twl > 0 && figures.accuracy == report.rows[5].ba)
    #expect(QualificationPage(report, sheet: nil).html.contains("Largest PFL"))
    let json = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    for key in [
      "scenario", "model", "ba", "wsr", "delta_p", "t", "p_t", "p_decoy", "p_panel", "amplitude", "pfl", "spl",
    ] {
      #expect(json.contains("\"\(key)\""), "rows carry \(key)")
    }
    #expect(json.contains("\"ind-m\"") && json.contains("\"ind-w\"") && json.contains("\"malicious\""))
  }

  /// Trained further with clean data, a copy of the surrogate is another model than the surrogate, and innocent.
  @Test func judgesACopyOfTheSurrogate() throws {
    let report = try report(scenarios: [.independentModel], epochs: 2)
    #expect(report.surrogate?.description == "resnet18:8")
    let copy = try #require(report.rows.first)
    #expect(copy.model.kind == "surrogate" && copy.model.architecture == "resnet18" && copy.model.width == 8)
    #expect(report.rows.count { $0.model.kind == "surrogate" } == 1)
    let html = QualificationPage(report, sheet: nil).html
    #expect(html.contains("innocent copies of it are trained on") && html.contains("SSIM"))
    #expect(html.contains("Feature distance") && !html.contains("LPIPS"))
  }

  /// The paper's marks have no key to draw anew: another owner trains a generator of their own, once.
  @Test func asksAModelOfAnotherOwnerAboutThePapersMarks() throws {
    let fixture = try Fixture.shared.get()
    let directory = try TemporaryDirectory()
    let spec = try fixture.releaseSpec(in: directory)
    _ = try ReleaseWork(spec, WorkContext(threads: 2)).run()
    let work = directory.file("work")
    let stages = Mutex<Set<String>>([])
    func report(original: String?) throws -> QualificationReport {
      try Qualification(
        release: directory.file("outbox/release-drawn-1"), vault: spec.vault, original: original,
        settings: QualificationSettings(QualifiedFixture.settings, seed: 4), limits: InputLimits(), workDirectory: work
      ).run(WorkContext(threads: 2) { progress in stages.withLock { _ = $0.insert(progress.stage) } })
    }
    let first = try report(original: fixture.archive)
    #expect(stages.withLock { $0 }.contains("other-owner"))
    let rows = first.rows.filter { $0.model.kind == "scratch" }
    #expect(rows.map(\.scenario) == [.independentModel, .independentWatermark, .malicious])
    // Their marks are others: a model of theirs is neither the clean one nor ours.
    #expect(Set(rows.map(\.figures.deltaP)).count == 3)

    stages.withLock { $0 = [] }
    #expect(try CanonicalJSON.line(try report(original: fixture.archive)) == CanonicalJSON.line(first))
    #expect(stages.withLock { $0 }.isDisjoint(with: ["other-owner", "ind-w", "ind-m"]))

    let alone = try report(original: nil)
    #expect(alone.outcome == .inconclusive && alone.reasons == ["no model of ind-w"])
    #expect(alone.rows.allSatisfy { $0.fidelity == nil } && first.rows.contains { $0.fidelity != nil })
  }

  @Test func saysWhereNoSurrogateWasKept() throws {
    let fixture = try QualifiedFixture()
    try FileManager.default.removeItem(atPath: fixture.record.surrogate)
    let report = try Qualification(
      release: fixture.release, vault: fixture.vault, original: fixture.archive,
      settings: QualificationSettings(QualifiedFixture.settings, seed: 4), limits: InputLimits()
    ).run(WorkContext(threads: 2))
    #expect(report.surrogate == nil && !report.rows.contains { $0.model.kind == "surrogate" })
    #expect(QualificationPage(report, sheet: nil).html.contains("none was kept"))
  }

  @Test func saysNothingWithoutInnocentModels() throws {
    let report = try report(scenarios: [.malicious], epochs: 1)
    #expect(report.outcome == .inconclusive)
    #expect(report.reasons.first?.contains("ind-m") == true)
  }

  @Test func givesTheSameReportAgain() throws {
    let first = try report(scenarios: [.malicious], epochs: 1)
    let second = try report(scenarios: [.malicious], epochs: 1)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    #expect(try encoder.encode(first) == encoder.encode(second))
  }

  @Test func thePageShowsWhatTheReportHolds() throws {
    let fixture = try KeyedFixture.shared.get()
    let report = try report(scenarios: QualificationRow.Scenario.allCases, epochs: 1)
    let sheet = try SampleSheet(
      release: fixture.release, vault: fixture.vault, original: fixture.archive, limits: InputLimits())
    #expect(!sheet.samples.isEmpty && sheet.samples.allSatisfy { $0.original != nil && $0.difference != nil })
    #expect(report.rows.allSatisfy { $0.scores.clean.count == 20 && $0.scores.decoys.count == 19 })
    let page = QualificationPage(report, sheet: sheet)
    let html = page.html
    #expect(html == QualificationPage(report, sheet: sheet).html)
    for text in [
      report.release, report.generator.description, report.archive.description, report.target,
      report.outcome.rawValue.capitalized, "Ind-W: trained under another owner", "sample \(sheet.samples[0].index)",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    let directory = try TemporaryDirectory()
    try page.write(to: directory.file("report.html"))
    let mode =
      try FileManager.default.attributesOfItem(atPath: directory.file("report.html"))[.posixPermissions] as? Int
    #expect(mode == 0o600)
    #expect(try String(contentsOfFile: directory.file("report.html"), encoding: .utf8) == html)
  }
}
