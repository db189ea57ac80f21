import Foundation

/// When something is due, in cron's five fields: minute, hour, day of the month, month, day of the week.
///
/// Each is `*` or a list of numbers, ranges `a-b` and steps `*/n`, `a-b/n`, `a/n`; months and days of the week have
/// English names of three letters, 0 and 7 are Sunday. If both day fields are restricted, a day that matches either
/// will do; a field that starts with `*` restricts nothing. `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`,
/// `@yearly` and `@annually` are short for the usual five.
/// - Source: crontab(5)
struct CronExpression: Sendable, Equatable {
  let text: String
  /// Bit n is set if the value n matches.
  let minutes: UInt64
  let hours: UInt64
  let months: UInt64
  private let monthDays: UInt64
  /// 0 is Sunday.
  private let weekDays: UInt64
  private let restrictsMonthDays: Bool
  private let restrictsWeekDays: Bool

  /// What is wrong with an expression, fit to be shown behind it.
  struct Malformed: Error, Equatable {
    let reason: String
  }

  init(_ text: String) throws(Malformed) {
    self.text = text
    let plain = text.hasPrefix("@") ? Self.macros[text] : text
    guard let plain else { throw Malformed(reason: "is none of \(Self.macros.keys.sorted().joined(separator: ", "))") }
    let fields = plain.split(separator: " ").map(String.init)
    guard fields.count == 5 else {
      throw Malformed(reason: "has \(fields.count) fields; minute, hour, day, month and day of the week are expected")
    }
    minutes = try Self.bits(fields[0], "minute", 0...59)
    hours = try Self.bits(fields[1], "hour", 0...23)
    monthDays = try Self.bits(fields[2], "day of the month", 1...31)
    months = try Self.bits(fields[3], "month", 1...12, names: Self.monthNames)
    let week = try Self.bits(fields[4], "day of the week", 0...7, names: Self.dayNames)
    weekDays = week & 0x7F | (week >> 7 & 1)
    restrictsMonthDays = !fields[2].hasPrefix("*")
    restrictsWeekDays = !fields[4].hasPrefix("*")
  }

  /// Days need no zone.
  private static let calendar = {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    return calendar
  }()

  /// Whether the expression asks for something on this day, counted from 1970-01-01.
  func matches(day number: Int) -> Bool {
    let date = Date(timeIntervalSince1970: TimeInterval(number) * 86_400)
    let day = Self.calendar.dateComponents([.month, .day, .weekday], from: date)
    func has(_ bits: UInt64, _ value: Int?) -> Bool { value.map { bits >> UInt64($0) & 1 == 1 } ?? false }
    guard has(months, day.month) else { return false }
    let byMonth = has(monthDays, day.day)
    // Calendar counts days of the week from 1, Sunday.
    let byWeek = has(weekDays << 1, day.weekday)
    if restrictsMonthDays, restrictsWeekDays { return byMonth || byWeek }
    return byMonth && byWeek
  }

  private static let macros = [
    "@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
  ]
  /// From 1, and from 0.
  private static let monthNames = [
    "", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
  ]
  private static let dayNames = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]

  private static func bits(
    _ field: String, _ what: String, _ range: ClosedRange<Int>, names: [String] = []
  ) throws(Malformed) -> UInt64 {
    func malformed(_ part: some StringProtocol) -> Malformed {
      Malformed(reason: "has “\(part)” as its \(what), which is not within \(range.lowerBound) … \(range.upperBound)")
    }
    func number(_ text: some StringProtocol) -> Int? {
      if let named = names.firstIndex(of: text.lowercased()), !text.isEmpty { return named }
      // Int takes signs, which no field has.
      guard text.utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(text) else { return nil }
      return range.contains(value) ? value : nil
    }
    var bits: UInt64 = 0
    for part in field.split(separator: ",", omittingEmptySubsequences: false) {
      let halves = part.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
      var step = 1
      if halves.count == 2 {
        guard halves[1].utf8.allSatisfy({ (48...57).contains($0) }), let value = Int(halves[1]), value >= 1 else {
          throw Malformed(reason: "has the step “\(halves[1])” in its \(what)")
        }
        step = value
      }
      var first = range.lowerBound
      var last = range.upperBound
      if halves[0] != "*" {
        let ends = halves[0].split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let low = number(ends[0]) else { throw malformed(part) }
        first = low
        last = halves.count == 2 ? range.upperBound : low
        if ends.count == 2 {
          guard let high = number(ends[1]), high >= low else { throw malformed(part) }
          last = high
        }
      }
      for value in stride(from: first, through: last, by: step) { bits |= 1 << UInt64(value) }
    }
    return bits
  }
}
