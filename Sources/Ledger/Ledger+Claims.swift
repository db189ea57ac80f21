import Evidence
import GRDB
import Jobs
package import ServiceConfiguration

/// One suspect and one release, and what this claim got of α, once and for all.
struct ClaimRecord: Codable, Sendable, FetchableRecord, MutablePersistableRecord {
  static let databaseTableName = "claim"
  var id: Int64?
  /// The suspect under its first name.
  var party: Int64
  var release: Int64
  /// Of the ledger's α. It is never given back.
  var alpha: Double
  /// Milliseconds since 1970.
  var granted: Int
  /// Taken over from an audit of a time that divided α among the suspects of the moment, and not yet checked against α.
  var isPromise = false

  mutating func didInsert(_ inserted: InsertionSuccess) {
    id = inserted.rowID
  }
}

/// α over all claims as the configuration has it.
package struct AlphaTerms: Sendable, Equatable {
  var alpha: Double
  /// Among how many claims it is divided evenly; 0: each new one gets its part of what is left.
  var claims: Int

  package init(_ settings: AuditSettings) {
    alpha = settings.alpha
    claims = settings.claims
  }
}

extension Ledger {
  /// What a claim may spend today, filing it if it is new; nil if nothing of α is left for it.
  ///
  /// The α that is divided is the one that was configured when the first claim was made: a larger one of today divides
  /// nothing more, a smaller one makes every share smaller, as long as it is configured.
  static func alpha(ofSuspect suspect: Int64, release: Int64, _ terms: AlphaTerms, now: Int, _ db: Database) throws
    -> Double?
  {
    let total = try settle(terms, db)
    let party = try SuspectRecord.find(db, key: suspect).party ?? suspect
    let today = min(1, terms.alpha / total)
    if let claim = try ClaimRecord.filter(Column("party") == party && Column("release") == release).fetchOne(db) {
      return claim.alpha * today
    }
    let granted = try Double.fetchAll(db, sql: "SELECT alpha FROM claim ORDER BY id")
    guard let share = ClaimSpending(alpha: total).next(after: granted, of: terms.claims) else { return nil }
    var claim = ClaimRecord(party: party, release: release, alpha: share, granted: now)
    try claim.insert(db)
    return share * today
  }

  /// The α that is divided. Settled with the first claim; promises of older ledgers are kept, oldest first, as far as it
  /// reaches.
  private static func settle(_ terms: AlphaTerms, _ db: Database) throws -> Double {
    if let total = try Double.fetchOne(db, sql: "SELECT alpha FROM spending") { return total }
    try db.execute(sql: "INSERT INTO spending (id, alpha) VALUES (1, ?)", arguments: [terms.alpha])
    var spent = 0.0
    for var promise in try ClaimRecord.filter(Column("isPromise")).order(Column("id")).fetchAll(db) {
      // Equal shares of α add up to it but for rounding.
      guard spent + promise.alpha <= terms.alpha * (1 + 1e-12) else {
        try promise.delete(db)
        continue
      }
      spent += promise.alpha
      promise.isPromise = false
      try promise.update(db)
    }
    return terms.alpha
  }

  /// The audit's share of α, as `alpha(ofSuspect:…)` has it, and the names that its suspect had before.
  package func terms(ofAudit job: Int64, _ terms: AlphaTerms, now: Int) async throws -> (
    alpha: Double?, formerNames: [String]
  ) {
    try await write { db in
      guard let audit = try AuditEntry.filter(Column("job") == job).fetchOne(db) else {
        throw LedgerError.noSuchJob("\(job)")
      }
      let names = try String.fetchAll(
        db,
        sql: """
          SELECT name FROM suspect WHERE id <> ? AND party = (SELECT party FROM suspect WHERE id = ?) ORDER BY id
          """, arguments: [audit.suspect, audit.suspect])
      let alpha = try Self.alpha(ofSuspect: audit.suspect, release: audit.release, terms, now: now, db)
      return (alpha, names)
    }
  }

  /// Whether an audit of the suspect could be filed but for α.
  package func lacksAlpha(_ suspect: String, dataset: String, release: Int, _ terms: AlphaTerms) async throws -> Bool {
    try await read { db in
      guard let total = try Double.fetchOne(db, sql: "SELECT alpha FROM spending"),
        let record = try SuspectRecord.filter(Column("name") == suspect).fetchOne(db),
        let found = try Self.release(release, of: dataset, party: try record.party ?? record.id.inserted, db)
      else { return false }
      let claims = try ClaimRecord.fetchAll(db)
      if claims.contains(where: { $0.party == record.party && $0.release == found.id }) { return false }
      return ClaimSpending(alpha: total).next(after: claims.map(\.alpha), of: terms.claims) == nil
    }
  }
}
