import Jobs
import Testing

@testable import Service

/// What `dandyroll audits` prints.
@Suite struct AuditTextTests {
  private func text(_ change: (inout AuditResult) -> Void) -> String {
    var result = AuditResult(
      suspect: "acme", release: "release-d-1", generator: "00", number: 7, outcome: "not-shown",
      reasons: [.init(code: "decoy-rank-above-level", value: 0.35151515151515156, limit: 0.006079271018540267)])
    (result.series, result.seriesAsked, result.seriesQuestions, result.isComplete) = (1, 200, 200, true)
    change(&result)
    return ReportText.audits(
      AuditsReport(suspects: [
        SuspectReport(
          name: "acme", dataset: "d", url: "https://acme.example", schedule: nil, timeZone: nil, next: nil,
          outcome: result.outcome, isConvicted: false,
          audits: [
            AuditReport(
              job: "7", state: "done", release: "release-d-1", due: nil, filed: 0, started: 0, ended: 60, result: result
            )
          ])
      ]), now: 120)
  }

  @Test func reasonsAreSentencesWithTwoDigits() {
    let text = text { $0.asked = 200 }
    #expect(text.contains("the key does not stand out from its decoys: p = 0.35, at most 0.0061 would convict"))
    #expect(!text.contains("decoy-rank") && !text.contains("0.3515151"))
  }

  @Test func anAuditThatAskedNothingSaysSo() throws {
    let text = text { $0.interruption = "outage" }
    let row = try #require(text.split(separator: "\n").last)
    #expect(row.contains(#/not-shown +0 +200/200/#))
    #expect(row.contains("would convict; an outage: the suspect could not be reached"))
  }

  @Test func classesThatTheSuspectLacksAreNamed() {
    let some = text { $0.classes = .init(asked: 8, missing: ["ship", "frog"], merged: [["car", "truck"]]) }
    #expect(
      some.contains("the suspect lacks ship, frog; car, truck are one class to it; asked about 8 of 10 classes"))
    let many = text { $0.classes = .init(asked: 2, missing: (0..<100).map { "c\($0)" }, merged: []) }
    #expect(many.contains("c39 and 60 more; asked about 2 of 102 classes") && !many.contains("c40"))
    #expect(!text { $0.asked = 200 }.contains("asked about"))
  }

  @Test func whatTheVerdictSaysIsNotSaidTwice() {
    let text = text {
      $0.interruption = "rate-limit"
      $0.reasons = [
        .init(code: "rate-limited", value: nil, limit: nil), .init(code: "new-in-2031", value: 1, limit: 2),
      ]
    }
    #expect(text.contains("the suspect's rate limit left questions unanswered; new-in-2031"))
    #expect(text.ranges(of: "rate limit").count == 1)
  }
}
