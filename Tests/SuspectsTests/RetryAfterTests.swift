import Testing

@testable import Suspects

/// What servers write to ask for a pause, in the spellings of thirty years.
struct RetryAfterTests {
  /// Sun, 06 Nov 1994 08:49:37 GMT
  private static let then = 784_111_777_000

  @Test(arguments: [
    "120", "Sun, 06 Nov 1994 08:51:37 GMT", "Sunday, 06-Nov-94 08:51:37 GMT", "Sun Nov  6 08:51:37 1994",
    " Sunday, 06-Nov-94 08:51:37 GMT ",
  ])
  func waitsTwoMinutesInEveryForm(_ text: String) {
    #expect(RetryAfter.seconds(text, now: Self.then) == 120)
  }

  @Test(arguments: [
    "Sun, 06 Nov 1994 08:00:00 GMT", "Sunday, 06-Nov-94 08:00:00 GMT", "Sun Nov  6 08:00:00 1994", "0",
  ])
  func waitsForNoMomentThatHasPassed(_ text: String) {
    #expect(RetryAfter.seconds(text, now: Self.then) == 0)
  }

  @Test(arguments: [
    "", "soon", "-5", "+5", "1.5", "1e3", "0x10", "nan", "inf", "infinity", "５", "120 s", "1,2",
    "Sun, 06 Nov 1994 08:51:37", "Sun, 06 Nov 1994 08:51:37 CET", "Sun, 6 Nov 1994 08:51:37 GMT",
    "Sun, 06 Nov 94 08:51:37 GMT", "Sunday, 06 Nov 1994 08:51:37 GMT", "Sun, 06-Nov-94 08:51:37 GMT",
    "Sunday, 06-Nov-1994 08:51:37 GMT", "Sun Nov 6 08:51:37 1994", "Sun Nov  6 08:51:37 1994 GMT",
    "Sun Nov 06 08:51:37 94", "Son, 06 Nov 1994 08:51:37 GMT", "Sun, 06 Okt 1994 08:51:37 GMT",
    "Sun, 31 Feb 1994 08:51:37 GMT", "Tue, 29 Feb 1994 08:51:37 GMT", "Sun, 00 Nov 1994 08:51:37 GMT",
    "Sun, 06 Nov 1994 24:00:00 GMT", "Sun, 06 Nov 1994 08:60:00 GMT", "Sun, 06 Nov 1994 08:51 GMT",
    "Sun,  06 Nov 1994 08:51:37 GMT", "1994-11-06T08:51:37Z", "Sun, +6 Nov 1994 08:51:37 GMT",
  ])
  func takesNoGarbageForAPause(_ text: String) {
    #expect(RetryAfter.seconds(text, now: Self.then) == nil)
  }

  @Test func understandsTwoDigitsOfAYear() {
    func year(_ digits: String, in now: Int) -> Int? {
      let date = HTTPDate("Friday, 01-Jan-\(digits) 00:00:00 GMT", now: now)
      return (1900...2200).first { HTTPDate("Fri, 01 Jan \($0) 00:00:00 GMT", now: 0) == date }
    }
    let now = 1_798_761_600  // Fri, 01 Jan 2027 00:00:00 GMT
    #expect(["27", "28", "76", "77"].map { year($0, in: now) } == [2027, 2028, 2076, 2077])
    // One more than fifty years ahead is one in the past.
    #expect(["78", "94", "99", "00", "26"].map { year($0, in: now) } == [1978, 1994, 1999, 2000, 2026])
    // Shortly before a century ends, the next one begins soon.
    #expect(year("01", in: now + 72 * 31_557_600) == 2101)
  }

  @Test func knowsLeapYearsAndSeconds() {
    #expect(HTTPDate("Thu, 01 Jan 1970 00:00:00 GMT", now: 0)?.seconds == 0)
    #expect(HTTPDate("Tue, 29 Feb 2000 00:00:00 GMT", now: 0)?.seconds == 951_782_400)
    #expect(HTTPDate("Fri, 31 Dec 2100 23:59:60 GMT", now: 0)?.seconds == 4_133_980_800)
    #expect(HTTPDate("Mon, 29 Feb 2100 00:00:00 GMT", now: 0) == nil)
  }

  /// A server's word in an old form is kept: the next attempt comes two hundred seconds later, not at once.
  @Test(arguments: ["Friday, 15-Jan-27 08:03:20 GMT", "Fri Jan 15 08:03:20 2027"])
  func keepsToADateOfAnOldForm(_ text: String) async throws {
    let time = VirtualTime()
    let terms = Rehearsal.terms(time)
    _ = try await ScriptedServer.serve({ request in
      if request.method == "GET" { return .reply(Rehearsal.metadata) }
      return request.ordinal == 0
        ? .reply("", status: 503, headers: ["Retry-After: \(text)"]) : .reply(Rehearsal.good)
    }) { server in
      try await SuspectSession.with(Rehearsal.suspect(server.url), terms: terms) { session in
        _ = try await session.ask(
          Rehearsal.questions(1), record: Notebook().record)
      }
    }
    #expect(time.waited >= 190_000)
  }
}
