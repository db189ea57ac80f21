import ServiceFoundation

/// Decides when files have stopped changing. Pure: looks and times are handed in.
struct SettleTable {
  private struct Entry {
    var stamp: FileStamp
    var since: Int
    /// Milliseconds for which it must stand still. Grows with the pauses that its writer makes.
    var patience: Int
    /// The digest in its `.sha256` file was wrong for this stamp: it gets the settle time to become right.
    var isContradicted = false
    /// Looked at and found to be no whole archive: only a change, or a word that it is complete, makes that another.
    var isUnfit = false
    /// A file beside it said that it is complete.
    var isDeclared = false
    /// Not before this time, after a failure that may pass.
    var notBefore = 0
    var failures = 0
  }

  /// An hour: a writer that pauses for longer says with a `.ready` file when it is done.
  static let longestPatience = 3_600_000

  private var entries: [String: Entry] = [:]

  /// Takes in a look at `now` (milliseconds on a steady clock); returns the files that are ready, the smallest first, so that
  /// none waits for longer than it must.
  mutating func observe(_ files: [InboxFile], at now: Int, settle: Int) -> [InboxFile] {
    var seen: [String: Entry] = [:]
    var ready: [InboxFile] = []
    for file in files {
      var entry = entries[file.path] ?? Entry(stamp: file.stamp, since: now, patience: settle)
      if entry.stamp != file.stamp {
        let pause = now - entry.since
        let patience = pause >= settle / 2 ? min(2 * max(pause, entry.patience), Self.longestPatience) : entry.patience
        entry = Entry(stamp: file.stamp, since: now, patience: max(patience, settle))
      }
      entry.isDeclared = file.isDeclaredReady || (file.hasDigest && !entry.isContradicted)
      seen[file.path] = entry
      let isSettled = now - entry.since >= entry.patience && !entry.isUnfit
      if now >= entry.notBefore, entry.isDeclared || isSettled { ready.append(file) }
    }
    entries = seen
    return ready.sorted { ($0.stamp.size, $0.path) < ($1.stamp.size, $1.path) }
  }

  /// Whether `file` has stood still for as long as it must.
  func hasSettled(_ file: InboxFile, at now: Int) -> Bool {
    entries[file.path].map { $0.stamp == file.stamp && now - $0.since >= $0.patience } ?? false
  }

  mutating func contradict(_ file: InboxFile) {
    if entries[file.path]?.stamp == file.stamp { entries[file.path]?.isContradicted = true }
  }

  /// Leaves a file alone until it changes or is declared complete.
  mutating func leave(_ file: InboxFile) {
    if entries[file.path]?.stamp == file.stamp { entries[file.path]?.isUnfit = true }
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
  func nextDue(at now: Int) -> Int? {
    entries.values.compactMap { entry in
      let due = entry.isUnfit || entry.isDeclared ? entry.notBefore : max(entry.since + entry.patience, entry.notBefore)
      return due > now ? due - now : nil
    }.min()
  }
}
