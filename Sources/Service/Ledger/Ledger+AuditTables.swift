import GRDB

extension Ledger {
  /// Suspects, their audits, and who was told about them.
  static func createAuditTables(_ db: Database) throws {
    try relaxJobKinds(db)
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

  /// The first version of the table knew two kinds of job; the program alone says now which there are.
  private static func relaxJobKinds(_ db: Database) throws {
    let limit = "CHECK (kind IN ('train', 'release'))"
    guard let sql = try String.fetchOne(db, sql: "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'job'"),
      sql.contains(limit)
    else { return }
    let indexes = try String.fetchAll(
      db, sql: "SELECT sql FROM sqlite_master WHERE type = 'index' AND tbl_name = 'job' AND sql IS NOT NULL")
    try db.execute(
      sql: sql.replacing(limit, with: "").replacing("CREATE TABLE \"job\"", with: "CREATE TABLE \"job_relaxed\""))
    try db.execute(sql: "INSERT INTO job_relaxed SELECT * FROM job; DROP TABLE job")
    try db.execute(sql: "ALTER TABLE job_relaxed RENAME TO job")
    for index in indexes { try db.execute(sql: index) }
  }
}
