import Foundation

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
