package import Evidence

/// A series at work: its plan, its transcript on the disk, and what that says so far.
package final class AuditSession {
  package let plan: AuditPlan
  package let journal: AuditJournal
  package private(set) var record: AuditRecord

  /// - Throws: `EvidenceError.strayLine` for a transcript of something else.
  package init(_ plan: AuditPlan, _ journal: AuditJournal) throws {
    self.plan = plan
    self.journal = journal
    record = try AuditRecord(plan, journal.lines)
  }

  /// Makes a line durable.
  package func note(_ line: AuditLine) throws {
    try journal.append(line)
    try record.add(line, journal.lines.count)
  }

  /// Whether the model that the series is about is gone.
  package var isOver: Bool { record.modelChanged || record.kinds.count > 1 }
}
