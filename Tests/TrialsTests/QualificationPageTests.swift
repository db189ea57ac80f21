import Evidence
import Foundation
import Foundations
import Jobs
import Testing

@testable import Releases
@testable import Trials

@Suite struct QualificationPageTests {
  /// A model that gains what `matrix` says, under an assignment of as many classes as it has rows.
  private func row(
    _ scenario: QualificationRow.Scenario, kind: String, _ matrix: [[Double]]
  ) throws -> QualificationRow {
    let images = 12
    let scores = try KeyedScores(
      .probabilities, clean: matrix.map { _ in [Double](repeating: 0.1, count: images) },
      carriers: matrix[0].indices.map { carrier in
        matrix.map { [Double](repeating: 0.1 * exp($0[carrier]), count: images) }
      }, keySize: matrix.count)
    let judgement = Judgement(
      scores,
      health: AuditHealth(
        asked: 40, answered: 40, cleanAnswers: 20, cleanCorrect: 18, classes: 10, distinctAnswers: 20),
      amplitude: 1, margin: 0.25, policy: VerdictPolicy(alpha: 0.1))
    return QualificationRow(
      scenario: scenario, model: .init(architecture: "cnn", width: 8, seed: 7_654_321, kind: kind),
      finding: ModelFinding(
        ba: 0.8, wsr: 0.9, baseline: 0.1, figures: judgement.figures, scores: ScoreDistributions(scores), twins: nil,
        verdict: judgement.verdict))
  }

  private func report() throws -> QualificationReport {
    QualificationReport(
      release: "release-x-1", target: "a class for each carrier: zebra, okapi, tapir",
      assignedClasses: ["zebra", "okapi", "tapir"], objective: "assignment", epsilon: 8, markedSamples: 30,
      samples: 100,
      settings: QualificationSettings(QualifySettings(), seed: 7_654_321), generator: HexDigest(of: []),
      archive: HexDigest(of: [1]), quality: Vault.Quality(images: 30, psnr: 30, largestChange: 8),
      rows: [
        try row(.malicious, kind: "scratch", [[1.5, 0, 0, 0.125], [0, 1, 0, 0], [-0.5, 0, 0.75, 0]]),
        try row(.independentModel, kind: "surrogate", [[0, 0.25, 0, 0], [0, 0, 0.25, 0], [0.25, 0, 0, 0]]),
      ])
  }

  @Test func theOwnersPageShowsTheMatrixOfEachModelWithNames() throws {
    let report = try report()
    #expect(report.rows.map { $0.figures.carriers } == [4, 4])
    let html = QualificationPage(report, sheet: nil).html
    for text in [
      "zebra, carrier 1: 1.500", "tapir, carrier 1: \u{2212}0.500", "zebra, carrier 2: 0.250",
      "Copies of the surrogate, trained further", "P(the carrier’s class)",
    ] {
      #expect(html.contains(text), "\(text)")
    }
    #expect(!html.contains("decoy carrier"))
    let json = String(decoding: try JSONEncoder().encode(report), as: UTF8.self)
    #expect(json.contains(#""assignedClasses":["zebra","okapi","tapir"]"#))
  }

  @Test func thePageForOthersNumbersTheClasses() throws {
    let html = QualificationPage(disclosing: try report()).html
    #expect(html.contains("class 1, carrier 1: 1.500"))
    for secret in ["zebra", "okapi", "tapir", "7654321", HexDigest(of: []).description] {
      #expect(!html.contains(secret), "\(secret)")
    }
  }
}
