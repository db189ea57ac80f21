import Foundation
import Testing

@testable import Service
@testable import ServiceConfiguration

@Suite struct ScheduleTests {
  private func schedule(_ text: String, _ zone: String = "UTC") throws -> Schedule {
    Schedule(try CronExpression(text), in: try #require(TimeZone(identifier: zone)))
  }

  /// "2026-03-29T01:00:00Z" → seconds since 1970.
  private func at(_ text: String) throws -> Int {
    Int(try Date(text, strategy: .iso8601).timeIntervalSince1970)
  }

  private func times(_ text: String, _ zone: String, after start: String, count: Int) throws -> [String] {
    let schedule = try schedule(text, zone)
    var moment = try at(start)
    var found: [String] = []
    for _ in 0..<count {
      guard let next = schedule.next(after: moment) else { break }
      // What is next must also be the last one when it has come, and not a second earlier.
      #expect(schedule.last(notAfter: next) == next)
      #expect(schedule.last(notAfter: next - 1) ?? 0 <= moment)
      found.append(Date(timeIntervalSince1970: TimeInterval(next)).formatted(.iso8601))
      moment = next
    }
    return found
  }

  @Test(arguments: [
    ("0 3 * * mon", "2026-11-21T09:00:00Z", "2026-11-23T03:00:00Z"),
    ("0 3 * * 7", "2026-11-21T09:00:00Z", "2026-11-22T03:00:00Z"),
    ("*/15 9-17 * * MON-FRI", "2026-11-20T17:45:00Z", "2026-11-23T09:00:00Z"),
    ("5,35 */6 * * *", "2026-11-21T06:05:00Z", "2026-11-21T06:35:00Z"),
    ("0 0 29 feb *", "2096-03-01T00:00:00Z", "2104-02-29T00:00:00Z"),
    ("0 0 31 * *", "2026-11-21T00:00:00Z", "2026-12-31T00:00:00Z"),
    ("10/20 0 1 jan *", "2026-01-01T00:30:00Z", "2026-01-01T00:50:00Z"),
    ("@weekly", "2026-11-21T00:00:00Z", "2026-11-22T00:00:00Z"),
    ("@monthly", "2026-11-21T00:00:00Z", "2026-12-01T00:00:00Z"),
    // Both day fields: either will do. A step from a star is no restriction.
    ("0 0 13 * fri", "2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z"),
    ("0 0 13 * fri", "2026-12-11T00:00:00Z", "2026-12-13T00:00:00Z"),
    ("0 0 */2 * fri", "2026-11-21T00:00:00Z", "2026-11-27T00:00:00Z"),
  ])
  func findsTheNextTime(text: String, after: String, expected: String) throws {
    #expect(try times(text, "UTC", after: after, count: 1) == [expected])
  }

  @Test func aSkippedTimeRunsOnceAtTheChange() throws {
    // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00 UTC.
    #expect(
      try times("30 2 * * *", "Europe/Berlin", after: "2026-03-27T12:00:00Z", count: 3)
        == ["2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"])
    // All the skipped quarters, and 03:00 itself, are one run.
    #expect(
      try times("*/15 2,3 29 3 *", "Europe/Berlin", after: "2026-03-29T00:00:00Z", count: 3)
        == ["2026-03-29T01:00:00Z", "2026-03-29T01:15:00Z", "2026-03-29T01:30:00Z"])
  }

  @Test func aTimeThatComesTwiceRunsOnce() throws {
    // New York, 2026-11-01: 02:00 becomes 01:00 at 06:00 UTC.
    #expect(
      try times("30 1 * * *", "America/New_York", after: "2026-10-31T12:00:00Z", count: 2)
        == ["2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"])
  }

  @Test func zonesWithOddChangesAreExact() throws {
    // Lord Howe moves by half an hour: on 2026-10-04 02:00 becomes 02:30, at 15:30 UTC the day before.
    #expect(
      try times("15 2 * * *", "Australia/Lord_Howe", after: "2026-10-03T00:00:00Z", count: 2)
        == ["2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"])
    // Samoa left out the whole of 2011-12-30.
    #expect(
      try times("0 12 30 12 *", "Pacific/Apia", after: "2011-12-29T00:00:00Z", count: 1) == ["2011-12-30T10:00:00Z"])
  }

  @Test func everyHourOfTwoYearsIsFoundForwardsAndBackwards() throws {
    let schedule = try schedule("0 * * * *", "Europe/London")
    let start = try at("2026-01-01T00:00:00Z")
    var moment = start
    var count = 0
    while moment < start + 730 * 86_400, let next = schedule.next(after: moment) {
      #expect(next - moment == 3600 || next - moment == 7200)
      moment = next
      count += 1
    }
    // Each autumn an hour comes twice and counts once; in spring, 01:00 and 02:00 are one moment.
    #expect(count == 730 * 24 - 2)
  }

  @Test(arguments: [
    "", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 * ", "* * * * 8", "5-1 * * * *",
    "*/0 * * * *", "+5 * * * *", "1,,2 * * * *", "* * * foo *", "@never", "a-b * * * *", "-5 * * * *",
  ])
  func refusesWhatIsNoExpression(text: String) {
    #expect(throws: CronExpression.Malformed.self) { try CronExpression(text) }
  }

  @Test func anImpossibleDateIsNever() throws {
    let schedule = try schedule("0 0 30 2 *")
    #expect(schedule.next(after: 0) == nil)
    #expect(schedule.last(notAfter: 1_800_000_000) == nil)
  }

  @Test func missedTimesAreCaughtUpOnce() throws {
    let clock = AuditClock(try schedule("0 3 * * *"), suspect: "acme", spread: 0)
    let last = try at("2026-11-10T03:00:00Z")
    #expect(clock.due(after: last, now: try at("2026-11-11T02:59:59Z")) == nil)
    let now = try at("2026-11-21T09:00:00Z")
    let due = clock.due(after: last, now: now)
    #expect(due == (try at("2026-11-21T03:00:00Z")))
    #expect(clock.due(after: due ?? 0, now: now) == nil)
  }

  @Test func suspectsAreSpreadEachAtItsOwnTime() throws {
    let clocks = try (0..<1000).map { AuditClock(try schedule("@daily"), suspect: "suspect-\($0)", spread: 600) }
    #expect(clocks.allSatisfy { (0..<600).contains($0.offset) })
    let early = clocks.count { $0.offset < 300 }
    #expect(early > 400 && early < 600)
    #expect(clocks[7] == AuditClock(try schedule("@daily"), suspect: "suspect-7", spread: 600))
    let midnight = try at("2026-11-21T00:00:00Z")
    for clock in clocks.prefix(20) where clock.offset > 0 {
      #expect(clock.due(after: midnight - 1000, now: midnight + clock.offset - 1) == nil)
      #expect(clock.due(after: midnight - 1000, now: midnight + clock.offset) == midnight + clock.offset)
      #expect(clock.next(after: midnight) == midnight + clock.offset)
    }
  }
}
