import Evidence
import Foundation
import Jobs
import Testing

@testable import Workers

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
        .independentModel, .independentModel, .independentModel, .independentWatermark, .malicious, .malicious,
      ])
    #expect(report.rows.allSatisfy { $0.figures.decoys == 1539 && $0.figures.pairs == 20 && $0.pPanel != nil })
    let json = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    for key in ["scenario", "model", "ba", "wsr", "delta_p", "t", "p_t", "p_decoy", "p_panel", "amplitude"] {
      #expect(json.contains("\"\(key)\""), "rows carry \(key)")
    }
    #expect(json.contains("\"ind-m\"") && json.contains("\"ind-w\"") && json.contains("\"malicious\""))
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
    let work = Qualification(
      release: fixture.release, vault: fixture.vault, original: fixture.archive, settings: report.settings,
      limits: InputLimits())
    let sheet = try work.sheet()
    #expect(!sheet.samples.isEmpty && sheet.samples.allSatisfy { $0.original != nil && $0.difference != nil })
    #expect(report.rows.allSatisfy { $0.scores.clean.count == 20 && $0.scores.decoys.count == 19 })
    let page = QualificationPage(report, sheet: sheet)
    let html = page.html
    #expect(html == QualificationPage(report, sheet: sheet).html)
    for text in [
      report.release, report.generator.description, report.archive.description, report.targetClass,
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
