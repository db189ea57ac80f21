import Foundation

/// A moment as HTTP writes it: "Sun, 06 Nov 1994 08:49:37 GMT", and in two older forms that a recipient must still read,
/// "Sunday, 06-Nov-94 08:49:37 GMT" and "Sun Nov  6 08:49:37 1994".
/// - Source: RFC 9110 §5.6.7
struct HTTPDate: Equatable {
  /// Since 1970.
  let seconds: Int

  /// - Parameter now: seconds since 1970, by which a year of two digits is understood.
  init?(_ text: String, now: Int) {
    let words = text.split(separator: " ", omittingEmptySubsequences: false)
    let day = words.first.map { $0.hasSuffix(",") ? $0.dropLast() : $0 } ?? ""
    switch words.count {
    // IMF-fixdate
    case 6 where text.contains(",") && Self.shortDays.contains(day):
      guard words[5] == "GMT" else { return nil }
      self.init(year: Self.number(words[3], 4), month: words[2], day: Self.number(words[1], 2), time: words[4])
    // rfc850-date
    case 4 where text.contains(",") && Self.longDays.contains(day):
      let parts = words[1].split(separator: "-", omittingEmptySubsequences: false)
      guard words[3] == "GMT", parts.count == 3, let year = Self.number(parts[2], 2) else { return nil }
      self.init(century: year, month: parts[1], day: Self.number(parts[0], 2), time: words[2], now: now)
    // asctime-date: a day of one digit has a space in place of the other.
    case 5 where Self.shortDays.contains(words[0]):
      self.init(year: Self.number(words[4], 4), month: words[1], day: Self.number(words[2], 2), time: words[3])
    case 6 where Self.shortDays.contains(words[0]) && words[2].isEmpty:
      self.init(year: Self.number(words[5], 4), month: words[1], day: Self.number(words[3], 1), time: words[4])
    default: return nil
    }
  }

  /// Of the years that end in these two digits the latest that does not lie more than fifty years ahead.
  private init?(century digits: Int, month: Substring, day: Int?, time: Substring, now: Int) {
    let this = Self.year(at: now)
    let limit = now + (Self.days(before: this + 50) - Self.days(before: this)) * Self.secondsADay
    for century in [this / 100 + 1, this / 100, this / 100 - 1] {
      guard let found = HTTPDate(year: century * 100 + digits, month: month, day: day, time: time) else { continue }
      if found.seconds <= limit {
        self = found
        return
      }
    }
    return nil
  }

  private init?(year: Int?, month: Substring, day: Int?, time: Substring) {
    let clock = time.split(separator: ":", omittingEmptySubsequences: false).map { Self.number($0, 2) }
    guard let year, let month = Self.months.firstIndex(of: month), let day, clock.count == 3, let hour = clock[0],
      let minute = clock[1], let second = clock[2], hour < 24, minute < 60,
      // 60 is a leap second.
      second <= 60
    else { return nil }
    let february = Self.isLeap(year) ? 29 : 28
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...lengths[month]).contains(day) else { return nil }
    let days = Self.days(before: year) + lengths[..<month].reduce(0, +) + day - 1
    seconds = days * Self.secondsADay + hour * 3600 + minute * 60 + second
  }

  private static let secondsADay = 86_400
  private static let shortDays: Set<Substring> = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
  private static let longDays: Set<Substring> = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday",
  ]
  private static let months: [Substring] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  /// A number of exactly so many digits.
  private static func number(_ text: Substring, _ digits: Int) -> Int? {
    text.utf8.count == digits && text.utf8.allSatisfy(isDigit) ? Int(text) : nil
  }

  static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

  private static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  /// Days from 1970-01-01 to the first of January of the year.
  private static func days(before year: Int) -> Int {
    // 719,162 days lie between 0001-01-01 and 1970-01-01.
    let past = year - 1
    return past * 365 + past / 4 - past / 100 + past / 400 - 719_162
  }

  private static func year(at seconds: Int) -> Int {
    let day = seconds / secondsADay
    // A mean year has 365.2425 days; the estimate is off by one at most.
    let guess = 1970 + Int(Double(day) / 365.2425)
    return days(before: guess) > day ? guess - 1 : days(before: guess + 1) <= day ? guess + 1 : guess
  }
}

/// The header in all its forms: a number of seconds, or one of the three dates of HTTP.
/// - Source: RFC 9110 §10.2.3, §5.6.7
enum RetryAfter {
  /// Seconds from `now` (milliseconds since 1970) on, 0 for a moment that has passed; nil for text that is none.
  static func seconds(_ text: String, now: Int) -> Double? {
    let text = text.trimmingCharacters(in: .whitespaces)
    // Signs, points, exponents and names such as "inf" are no seconds.
    if !text.isEmpty, text.utf8.allSatisfy(HTTPDate.isDigit) { return Double(text) }
    return HTTPDate(text, now: now / 1000).map { max(0, Double($0.seconds) - Double(now) / 1000) }
  }
}
