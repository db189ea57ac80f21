import Foundations
import Glibc
package import Logging
import ServiceConfiguration
import Synchronization

/// Writes log lines to standard error: `<6>message key=value …` for the journal, with a time instead elsewhere.
package struct JournalLogHandler: LogHandler {
  /// The level that all handlers keep to, so that a reload can change it.
  package static let threshold = Threshold()

  package final class Threshold: Sendable {
    private let level = Mutex(Logger.Level.info)

    package var current: Logger.Level {
      get { level.withLock { $0 } }
      set { level.withLock { $0 = newValue } }
    }
  }

  package var metadata: Logger.Metadata = [:]
  package var metadataProvider: Logger.MetadataProvider?
  private var ownLevel = Logger.Level.trace
  private let isJournal: Bool
  private let write: @Sendable (String) -> Void

  /// `isJournal`: whether standard error goes to the journal (JOURNAL_STREAM is set).
  package init(isJournal: Bool, write: @escaping @Sendable (String) -> Void = JournalLogHandler.writeToStandardError) {
    self.isJournal = isJournal
    self.write = write
  }

  /// What this handler was set to, or the common threshold if that is higher.
  package var logLevel: Logger.Level {
    get { max(ownLevel, Self.threshold.current) }
    set { ownLevel = newValue }
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { $1 } }
    if let given = event.metadata { fields.merge(given) { $1 } }
    var line = isJournal ? "<\(Self.priority(event.level))>" : "\(Self.time()) \(event.level) "
    line += Self.escaped("\(event.message)")
    for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
      let text = Self.escaped("\(value)")
      let needsQuotes = text.isEmpty || text.contains { $0 == " " || $0 == "\"" || $0 == "=" }
      line += " \(key)=" + (needsQuotes ? "\"\(text.replacing("\"", with: "\\\""))\"" : text)
    }
    write(line + "\n")
  }

  /// One line, whatever a job or a file name contains: a newline would forge the next entry's priority, and who reads the
  /// journal with `--output=cat` has a terminal that obeys.
  private static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": escaped += "\\n"
      case "\t": escaped += "\\t"
      case _ where scalar.value < 32: escaped += "\\x" + String(scalar.value, radix: 16)
      case _ where scalar.isPrintable: escaped.unicodeScalars.append(scalar)
      default: escaped += "\\u{" + String(scalar.value, radix: 16) + "}"
      }
    }
    return escaped
  }

  /// syslog(3)'s levels.
  private static func priority(_ level: Logger.Level) -> Int {
    switch level {
    case .critical: 2
    case .error: 3
    case .warning: 4
    case .notice: 5
    case .info: 6
    case .debug, .trace: 7
    }
  }

  private static func time() -> String {
    var seconds = Glibc.time(nil)
    var parts = tm()
    gmtime_r(&seconds, &parts)
    func two(_ number: Int32) -> String { number < 10 ? "0\(number)" : "\(number)" }
    return "\(parts.tm_year + 1900)-\(two(parts.tm_mon + 1))-\(two(parts.tm_mday))"
      + "T\(two(parts.tm_hour)):\(two(parts.tm_min)):\(two(parts.tm_sec))Z"
  }

  package static let writeToStandardError: @Sendable (String) -> Void = { line in
    // One call a line, so that lines of several threads do not mix. A log that cannot be written has no one to tell.
    let bytes = Array(line.utf8)
    _ = Glibc.write(2, bytes, bytes.count)
  }
}

extension LogLevel {
  package var loggerLevel: Logger.Level {
    switch self {
    case .debug: .debug
    case .info: .info
    case .notice: .notice
    case .warning: .warning
    case .error: .error
    }
  }
}
