import Foundation
import GRDB
import Suspects

extension Ledger {
  /// Who is who among suspects, and what each claim got of α.
  ///
  /// Ledgers from before have no claims: α was divided anew for every audit, among the suspects of the moment. What an audit
  /// was told stands in its job's spec, and is taken over as a promise; whether all of them fit into α is decided with the
  /// configuration at hand, by the first claim.
  static func createClaims(_ db: Database) throws {
    try db.alter(table: "suspect") { table in
      table.add(column: "endpoint", .text)
      table.add(column: "party", .integer)
    }
    try db.execute(sql: "UPDATE suspect SET party = id")
    try db.create(table: "claim") { table in
      table.autoIncrementedPrimaryKey("id")
      table.column("party", .integer).notNull().references("suspect")
      table.column("release", .integer).notNull().references("release")
      table.column("alpha", .double).notNull().check { $0 > 0 }
      table.column("granted", .integer).notNull()
      table.column("isPromise", .boolean).notNull()
      table.uniqueKey(["party", "release"])
    }
    try db.create(table: "spending") { table in
      table.primaryKey("id", .integer).check { $0 == 1 }
      table.column("alpha", .double).notNull()
    }
    var promises: [ClaimRecord] = []
    let rows = try Row.fetchAll(
      db,
      sql: """
        SELECT audit.suspect, audit.release, audit.filed, job.spec FROM audit JOIN job ON audit.job = job.id
        WHERE job.spec IS NOT NULL ORDER BY audit.id
        """)
    for row in rows {
      let text: String = row["spec"]
      // What cannot be read has promised nothing that anybody could know of.
      guard let told = try? JSONDecoder().decode(OldAuditSpec.self, from: Data(text.utf8)).audit else { continue }
      let suspect: Int64 = row["suspect"]
      let release: Int64 = row["release"]
      if let description = try? JSONDecoder().decode(Suspect.self, from: Data(told.suspect.utf8)) {
        try db.execute(
          sql: "UPDATE suspect SET endpoint = ? WHERE id = ?", arguments: [description.place, suspect])
      }
      let alpha = told.judgement.alpha
      guard alpha > 0, alpha < 1 else { continue }
      if let known = promises.firstIndex(where: { $0.party == suspect && $0.release == release }) {
        promises[known].alpha = max(promises[known].alpha, alpha)
      } else {
        promises.append(
          ClaimRecord(party: suspect, release: release, alpha: alpha, granted: row["filed"], isPromise: true))
      }
    }
    for var promise in promises { try promise.insert(db) }
  }
}

/// What an audit's spec said before there were claims, as far as it matters here.
private struct OldAuditSpec: Decodable {
  struct Audit: Decodable {
    var suspect: String
    var judgement: Judgement
  }

  struct Judgement: Decodable {
    var alpha: Double
  }

  var audit: Audit
}
