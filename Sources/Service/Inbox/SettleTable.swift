/// Decides when files have stopped changing. Pure: looks and times are handed in.
struct SettleTable {
  private struct Entry {
    var stamp: FileStamp
    var since: Int
    /// The digest in its `.sha256` file was wrong for this stamp: it gets the settle time to become right.
    var isContradicted = false
    /// Not before this time, after a failure that may pass.
    var notBefore = 0
    var failures = 0
  }

  private var entries: [String: Entry] = [:]

  /// Takes in a look at `now` (milliseconds on a steady clock); returns the files that are ready, in their order.
  mutating func observe(_ files: [InboxFile], at now: Int, settle: Int) -> [InboxFile] {
    var seen: [String: Entry] = [:]
    var ready: [InboxFile] = []
    for file in files {
      var entry = entries[file.path] ?? Entry(stamp: file.stamp, since: now)
      if entry.stamp != file.stamp { entry = Entry(stamp: file.stamp, since: now) }
      seen[file.path] = entry
      let isEarly = file.isDeclaredReady || (file.hasDigest && !entry.isContradicted)
      if now >= entry.notBefore, isEarly || now - entry.since >= settle { ready.append(file) }
    }
    entries = seen
    return ready
  }

  /// Whether `file` has stood still for the whole settle time.
  func hasSettled(_ file: InboxFile, at now: Int, settle: Int) -> Bool {
    entries[file.path].map { $0.stamp == file.stamp && now - $0.since >= settle } ?? false
  }

  mutating func contradict(_ file: InboxFile) {
    if entries[file.path]?.stamp == file.stamp { entries[file.path]?.isContradicted = true }
  }

  /// Puts a file off after a failure; returns how many there have been in a row.
  mutating func postpone(_ file: InboxFile, at now: Int, first: Duration, longest: Duration) -> Int {
    guard var entry = entries[file.path] else { return 0 }
    entry.failures += 1
    entry.notBefore = now + Backoff.pause(after: entry.failures, first: first, longest: longest)
    entries[file.path] = entry
    return entry.failures
  }

  /// Milliseconds from `now` until something may become ready by standing still; nil if nothing is pending.
  func nextDue(at now: Int, settle: Int) -> Int? {
    entries.values.map { max($0.since + settle, $0.notBefore) - now }.filter { $0 > 0 }.min()
  }
}
