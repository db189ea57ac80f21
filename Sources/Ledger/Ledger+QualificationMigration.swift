import GRDB

extension Ledger {
  /// Releases that are judged before they go out: jobs of more kinds, and releases that are on their way.
  ///
  /// SQLite cannot change a table's checks, so both tables are made anew. Which kinds of job there are is the program's
  /// business from here on.
  static func qualification(_ db: Database) throws {
    try db.create(table: "newJob") { table in
      table.autoIncrementedPrimaryKey("id")
      table.column("kind", .text).notNull()
      table.column("dataset", .integer).notNull().references("dataset")
      table.column("input", .integer).notNull().references("input")
      table.column("word", .text).notNull()
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
      table.column("release", .integer).references("release")
      table.column("result", .text)
      table.column("crashes", .integer).notNull()
      table.column("delays", .integer).notNull()
      table.column("failure", .text)
      table.column("cancelRequested", .boolean).notNull()
      table.column("started", .integer)
      table.column("ended", .integer)
      table.uniqueKey(["dataset", "version"])
    }
    let job = """
      id, kind, dataset, input, word, reason, until, settings, generatorKey, seed, filed, version, spec, waitsFor,
      generator, crashes, delays, failure, cancelRequested, started, ended
      """
    try db.execute(sql: "INSERT INTO newJob (\(job)) SELECT \(job) FROM job")
    try db.drop(table: "job")
    try db.rename(table: "newJob", to: "job")
    try db.create(index: "job_on_word", on: "job", columns: ["word"])
    try db.create(index: "job_on_release", on: "job", columns: ["release"])

    try db.create(table: "newRelease") { table in
      table.autoIncrementedPrimaryKey("id")
      table.column("dataset", .integer).notNull().references("dataset")
      table.column("job", .integer).notNull().unique().references("job")
      table.column("version", .integer).notNull()
      table.column("directory", .text).notNull()
      table.column("destination", .text).notNull()
      table.column("state", .text).notNull().check(sql: "state IN ('waiting', 'held', 'published')")
      table.column("archiveDigest", .text).notNull()
      table.column("samples", .integer).notNull()
      table.column("markedSamples", .integer).notNull()
      table.column("skippedSamples", .integer).notNull()
      table.column("made", .integer).notNull()
      table.column("published", .integer)
      table.column("publishedBy", .text)
      table.column("outcome", .text)
      table.column("reasons", .text)
      table.uniqueKey(["dataset", "version"])
    }
    let release =
      "id, dataset, job, version, directory, archiveDigest, samples, markedSamples, skippedSamples, published"
    try db.execute(
      sql: """
        INSERT INTO newRelease (\(release), destination, state, made, publishedBy)
        SELECT \(release), directory, 'published', published, 'unqualified' FROM release
        """)
    try db.drop(table: "release")
    try db.rename(table: "newRelease", to: "release")
  }
}
