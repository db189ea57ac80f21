import GRDB

extension Ledger {
  static var migrator: DatabaseMigrator {
    var migrator = DatabaseMigrator()
    migrator.registerMigration("1") { db in
      try db.create(table: "dataset") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("name", .text).notNull().unique()
        table.column("created", .integer).notNull()
      }
      try db.create(table: "input") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("dataset", .integer).notNull().references("dataset")
        table.column("name", .text).notNull()
        table.column("digest", .text).notNull().indexed()
        table.column("size", .integer).notNull()
        table.column("modified", .integer).notNull()
        table.column("inode", .integer).notNull()
        table.column("state", .text).notNull().check(sql: "state IN ('held', 'released', 'rejected', 'void')")
        table.column("path", .text)
        table.column("destination", .text)
        table.column("claimed", .integer).notNull()
      }
      // Two files with the same bytes cannot both be worked on, whatever the code above believes.
      try db.execute(
        sql: "CREATE UNIQUE INDEX input_live ON input(digest) WHERE state IN ('held', 'released')")
      try db.create(table: "job") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("kind", .text).notNull().check(sql: "kind IN ('train', 'release')")
        table.column("dataset", .integer).notNull().references("dataset")
        table.column("input", .integer).notNull().references("input")
        table.column("word", .text).notNull().indexed()
          .check(sql: "word IN ('queued', 'running', 'waiting', 'done', 'failed', 'cancelled')")
        table.column("reason", .text)
        table.column("until", .integer)
        table.column("settings", .text).notNull()
        table.column("generatorKey", .text).notNull()
        table.column("seed", .integer).notNull().check { $0 >= 0 }
        table.column("filed", .integer).notNull()
        table.column("version", .integer)
        table.column("spec", .text)
        table.column("waitsFor", .integer).references("job")
        table.column("generator", .integer)
        table.column("crashes", .integer).notNull()
        table.column("delays", .integer).notNull()
        table.column("failure", .text)
        table.column("cancelRequested", .boolean).notNull()
        table.column("started", .integer)
        table.column("ended", .integer)
        table.uniqueKey(["dataset", "version"])
      }
      try db.create(table: "attempt") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("job", .integer).notNull().indexed().references("job")
        table.column("started", .integer).notNull()
        table.column("ended", .integer)
        table.column("outcome", .text)
        table.column("exit", .integer)
      }
      try db.create(table: "failure") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("job", .integer).notNull().indexed().references("job")
        table.column("attempt", .integer).references("attempt")
        table.column("at", .integer).notNull()
        table.column("kind", .text).notNull()
        table.column("code", .text).notNull()
        table.column("message", .text).notNull()
      }
      try db.create(table: "generator") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("dataset", .integer).notNull().references("dataset")
        table.column("job", .integer).notNull().unique().references("job")
        table.column("generatorKey", .text).notNull().indexed()
        table.column("path", .text).notNull()
        table.column("digest", .text).notNull()
        table.column("targetClass", .text).notNull()
        table.column("metrics", .text).notNull()
        table.column("made", .integer).notNull()
        table.column("lost", .boolean).notNull()
      }
      try db.create(table: "release") { table in
        table.autoIncrementedPrimaryKey("id")
        table.column("dataset", .integer).notNull().references("dataset")
        table.column("job", .integer).notNull().unique().references("job")
        table.column("version", .integer).notNull()
        table.column("directory", .text).notNull()
        table.column("archiveDigest", .text).notNull()
        table.column("samples", .integer).notNull()
        table.column("markedSamples", .integer).notNull()
        table.column("skippedSamples", .integer).notNull()
        table.column("published", .integer).notNull()
        table.uniqueKey(["dataset", "version"])
      }
    }
    migrator.registerMigration("qualification", migrate: qualification)
    migrator.registerMigration("audits", migrate: createAuditTables)
    migrator.registerMigration("job_on_input") { db in
      try db.create(index: "job_on_input", on: "job", columns: ["input"])
    }
    migrator.registerMigration("sources") { db in
      try db.alter(table: "input") { $0.add(column: "source", .text) }
      try db.create(index: "input_source", on: "input", columns: ["source"])
    }
    migrator.registerMigration("vault") { db in
      try db.create(table: "fact") { table in
        table.primaryKey("name", .text)
        table.column("value", .text).notNull()
      }
      // Whether a generator's file is there is looked at anew each time: one that was not, for a moment, was forgotten.
      try db.alter(table: "generator") { $0.drop(column: "lost") }
    }
    migrator.registerMigration("claims", migrate: createClaims)
    migrator.registerMigration("skipped_files") { db in
      try db.alter(table: "release") { $0.add(column: "skipped", .text) }
    }
    return migrator
  }
}

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
