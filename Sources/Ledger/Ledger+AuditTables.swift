import GRDB

extension Ledger {
  /// Suspects, their audits, and who was told about them.
  static func createAuditTables(_ db: Database) throws {
    try db.create(table: "suspect") { table in
      table.autoIncrementedPrimaryKey("id")
      table.column("name", .text).notNull().unique()
      table.column("known", .integer).notNull()
      table.column("last", .integer).notNull()
    }
    try db.create(table: "audit") { table in
      table.autoIncrementedPrimaryKey("id")
      table.column("suspect", .integer).notNull().indexed().references("suspect")
      table.column("job", .integer).notNull().unique().references("job")
      table.column("release", .integer).notNull().references("release")
      table.column("due", .integer)
      table.column("filed", .integer).notNull()
      table.column("ended", .integer)
      table.column("outcome", .text)
      table.column("result", .text)
    }
    try db.create(table: "alert") { table in
      table.autoIncrementedPrimaryKey("id")
      table.column("kind", .text).notNull()
      table.column("subject", .text).notNull()
      table.column("body", .text).notNull()
      table.column("raised", .integer).notNull()
      table.column("commanded", .integer)
      table.column("posted", .integer)
      table.column("tries", .integer).notNull()
      table.column("until", .integer).notNull()
      table.column("problem", .text)
      // An alert is raised once, whatever happens around it.
      table.uniqueKey(["kind", "subject"])
    }
  }
}
