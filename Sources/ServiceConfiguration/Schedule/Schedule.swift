import Foundation

/// A cron expression in a time zone: when audits of a suspect are due. Pure; moments are whole seconds since 1970.
///
/// A local time that a change of the clock skips is due once, at the moment of the change; one that comes twice is due
/// the first time only.
///
/// Which days match is asked of Foundation's `Calendar`; the moments of a day are not. `Calendar.nextDate` and
/// `date(bySettingHour:)` pass over times that are skipped where a clock moves by half an hour (Lord Howe), by two hours
/// (Troll) or leaves out a day (Apia), where these runs would be lost, and take milliseconds where this takes
/// microseconds.
package struct Schedule: Sendable, Equatable {
  let expression: CronExpression
  let zone: TimeZone

  init(_ expression: CronExpression, in zone: TimeZone) {
    self.expression = expression
    self.zone = zone
  }

  /// 29 February is at most 8 years away (over 1900, 2100, …).
  private static let horizonDays = 8 * 366 + 2

  /// The first moment after `moment`; nil if there is none, such as 30 February.
  package func next(after moment: Int) -> Int? {
    // A zone's offset is below a day, and a skipped time moves forward: the day before can hold the answer.
    let start = day(of: moment) - 1
    for day in start...start + Self.horizonDays where expression.matches(day: day) {
      for local in times(of: day) {
        let due = self.moment(ofLocal: local)
        if due > moment { return due }
      }
    }
    return nil
  }

  /// The last moment that is not after `moment`.
  package func last(notAfter moment: Int) -> Int? {
    let start = day(of: moment) + 1
    for day in (start - Self.horizonDays...start).reversed() where expression.matches(day: day) {
      for local in times(of: day).reversed() {
        let due = self.moment(ofLocal: local)
        if due <= moment { return due }
      }
    }
    return nil
  }

  /// Local seconds since 1970-01-01 00:00, ascending.
  private func times(of day: Int) -> [Int] {
    let start = day * 86_400
    var times: [Int] = []
    for hour in 0..<24 where expression.hours >> UInt64(hour) & 1 == 1 {
      for minute in 0..<60 where expression.minutes >> UInt64(minute) & 1 == 1 {
        times.append(start + hour * 3600 + minute * 60)
      }
    }
    return times
  }

  /// The local day of a moment, counted from 1970-01-01.
  private func day(of moment: Int) -> Int {
    Int((Double(moment + offset(at: moment)) / 86_400).rounded(.down))
  }

  private func offset(at moment: Int) -> Int {
    zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(moment)))
  }

  /// The moment at which local clocks show `local`, or skip it.
  private func moment(ofLocal local: Int) -> Int {
    let before = offset(at: local - 86_400)
    let after = offset(at: local + 86_400)
    // The earlier one of two readings has the greater offset, which is the one before the clock goes back.
    let first = local - before
    if offset(at: first) == before { return first }
    let second = local - after
    if offset(at: second) == after { return second }
    // Skipped: the change lies between the two readings. The least moment with the new offset is sought.
    var low = min(first, second)
    var high = max(first, second)
    while high - low > 1 {
      let middle = (low + high) / 2
      if offset(at: middle) == after { high = middle } else { low = middle }
    }
    return high
  }
}
