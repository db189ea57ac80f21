/// A day of the Gregorian calendar, without a time zone.
struct CivilDay: Sendable, Equatable {
  /// Days since 1970-01-01.
  let number: Int
  let year: Int
  /// 1 … 12, 1 … 31.
  let month: Int
  let day: Int

  /// 0 is Sunday; 1970-01-01 was a Thursday.
  var weekday: Int { ((number + 4) % 7 + 7) % 7 }

  /// - Parameter number: days since 1970-01-01.
  init(number: Int) {
    self.number = number
    // Years are counted from March, so that the leap day is the last one; 719,468 days lie between 0000-03-01 and 1970.
    // An era has 400 years, 146,097 days.
    let shifted = number + 719_468
    let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    // Five months from March on have 153 days.
    let shiftedMonth = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
    month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  /// The day on which the local time `seconds` since 1970-01-01 00:00 lies.
  static func containing(_ seconds: Int) -> CivilDay {
    CivilDay(number: Int((Double(seconds) / 86_400).rounded(.down)))
  }
}
