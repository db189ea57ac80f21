import GRDB

extension Ledger {
  /// The number of the vault that this ledger belongs to; nil before there was one.
  package func vaultIdentity() async throws -> String? {
    try await read { db in try String.fetchOne(db, sql: "SELECT value FROM fact WHERE name = 'vault'") }
  }

  package func remember(vault identity: String) async throws {
    try await write { db in
      try db.execute(sql: "INSERT INTO fact (name, value) VALUES ('vault', ?)", arguments: [identity])
    }
  }
}
