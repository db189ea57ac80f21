import Foundation

/// The header in both of its forms.
enum RetryAfter {
  /// Seconds from `now` (milliseconds since 1970) on; nil for text that is none.
  static func seconds(_ text: String, now: Int) -> Double? {
    let text = text.trimmingCharacters(in: .whitespaces)
    if let seconds = Double(text) { return seconds.isFinite && seconds >= 0 ? seconds : nil }
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(secondsFromGMT: 0)
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    return formatter.date(from: text).map { max(0, $0.timeIntervalSince1970 - Double(now) / 1000) }
  }
}
