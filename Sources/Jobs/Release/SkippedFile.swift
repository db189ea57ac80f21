/// An image file that is no sample because it cannot be read: its name in the archive, as it stands there, and why.
package struct SkippedFile: Codable, Sendable, Equatable {
  package var member: String
  package var reason: String

  package init(member: String, reason: String) {
    self.member = member
    self.reason = reason
  }

  /// How many are told, and in how many bytes: an event has at most 64 KiB, and JSON may double a name.
  static let most = 100
  static let mostBytes = 24 << 10

  /// The first of them, as far as they may be told.
  static func first(_ files: [SkippedFile]) -> [SkippedFile] {
    var bytes = 0
    return Array(
      files.prefix(most).prefix { file in
        bytes += file.member.utf8.count + file.reason.utf8.count
        return bytes <= mostBytes
      })
  }
}

extension [SkippedFile] {
  /// A line about a few of `count` skipped files: "3 skipped: a.png (the image ends too early), …".
  package func line(of count: Int, showing few: Int = 3) -> String {
    let shown = prefix(few).map { "\($0.member) (\($0.reason))" }
    let more = count - shown.count
    guard !shown.isEmpty else { return "\(count) skipped" }
    return "\(count) skipped: " + shown.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}
