import Evidence
import GRDB
import Jobs
import Ledger
import ServiceFoundation

extension Ledger {
  /// Suspects with their audits, newest first, at most `limit` a suspect; all suspects for nil.
  func auditRows(
    of suspect: String?, limit: Int
  ) async throws -> [(suspect: SuspectRecord, isConvicted: Bool, audits: [AuditReport])] {
    try await read { db in
      var suspects = SuspectRecord.all()
      if let suspect { suspects = suspects.filter(Column("name") == suspect) }
      return try suspects.order(Column("name")).fetchAll(db).map { record in
        let rows = try Row.fetchAll(
          db,
          sql: """
            SELECT audit.*, job.word, job.started, release.directory FROM audit JOIN job ON audit.job = job.id
            JOIN release ON audit.release = release.id WHERE audit.suspect = ? ORDER BY audit.id DESC LIMIT ?
            """, arguments: [record.id, limit])
        let isConvicted =
          try AuditEntry.filter(Column("suspect") == record.id).filter(
            Column("outcome") == Verdict.Outcome.trainedOn.rawValue
          ).fetchCount(db)
          > 0
        return (record, isConvicted, try rows.map(AuditReport.init))
      }
    }
  }
}

extension Ledger {
  /// How the suspects of the configuration stand; nil without any.
  /// - Parameter obstacles: what keeps some of them from being audited, by name.
  func suspectsReport(_ names: [String], obstacles: [String: String]) async throws -> SuspectsReport? {
    guard !names.isEmpty else { return nil }
    let rows = try await read { db in
      try Row.fetchAll(
        db,
        sql: """
          SELECT suspect.name,
            (SELECT outcome FROM audit WHERE audit.suspect = suspect.id AND outcome IS NOT NULL ORDER BY id DESC LIMIT 1)
              AS outcome,
            EXISTS (SELECT 1 FROM audit WHERE audit.suspect = suspect.id AND outcome = \(Verdict.Outcome.trainedOn.sql)) AS convicted
          FROM suspect
          """
      )
      .map { (name: $0["name"] as String, outcome: $0["outcome"] as String?, isConvicted: $0["convicted"] as Bool) }
    }
    let known = Dictionary(rows.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
    var report = SuspectsReport(count: names.count, convicted: [], outcomes: [:], obstacles: obstacles)
    for name in names {
      if known[name]?.isConvicted ?? false {
        report.convicted.append(name)
      } else {
        report.outcomes[known[name]?.outcome ?? "not-audited", default: 0] += 1
      }
    }
    return report
  }
}

extension AuditReport {
  fileprivate init(_ row: Row) throws {
    let audit = try AuditEntry(row: row)
    let directory: String = row["directory"]
    let started: Int? = row["started"]
    let word: String = row["word"]
    self.init(
      job: "\(audit.job)", state: word, release: Directory.name(of: directory), due: audit.due,
      filed: audit.filed / 1000, started: started.map { $0 / 1000 }, ended: audit.ended.map { $0 / 1000 },
      result: audit.found?.disclosed)
  }
}
