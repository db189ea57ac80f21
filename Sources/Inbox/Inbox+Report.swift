import ServiceFoundation

/// What lies in the inbox: part of the status (docs/formats, "Control socket").
package struct InboxReport: Codable, Sendable, Equatable {
  package var directory: String
  /// "inotify" or "polling".
  package var watching: String
  /// Why it is polled, or cannot be looked at.
  package var reason: String?
  /// Files that are to be taken.
  package var count: Int
  package var files: [File]

  package struct File: Codable, Sendable, Equatable {
    package enum State: String, Codable, Sendable {
      /// `duplicate`: its bytes were held already; a receipt lies in its place.
      case arriving, reading, blocked, duplicate
    }

    /// Path below the inbox.
    package var name: String
    package var bytes: Int?
    package var state: State
    package var note: String?
  }
}

extension Inbox {
  /// What lies in the inbox, at most `limit` files.
  package func report(limit: Int = 100) -> InboxReport {
    var files = scan.files.map { file in
      let isReading = reading == file.path
      return InboxReport.File(
        name: relative(file.path), bytes: file.stamp.size,
        state: isReading ? .reading : notes[file.path] != nil ? .blocked : .arriving, note: notes[file.path])
    }
    files += scan.blocked.sorted { $0.key < $1.key }.map {
      InboxReport.File(name: relative($0.key), bytes: nil, state: .blocked, note: $0.value)
    }
    // There is nothing left to take: receipts are shown for as long as they lie there.
    let count = files.count
    files += answered.map { receipt in
      InboxReport.File(
        name: receipt.file, bytes: nil, state: .duplicate,
        note: "not taken, \(receipt.holder) has the same bytes (\(receipt.path))")
    }
    var reason: String?
    if case .polling(let text) = mode { reason = text }
    return InboxReport(
      directory: directory, watching: mode.word, reason: notes[directory] ?? reason, count: count,
      files: Array(files.prefix(limit)))
  }

  private func relative(_ path: String) -> String {
    path.hasPrefix(directory + "/") ? String(path.dropFirst(directory.count + 1)) : path
  }
}
