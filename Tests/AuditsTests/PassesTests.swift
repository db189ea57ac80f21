import Archives
import Datasets
import Foundation
import Foundations
import Jobs
import Synchronization
import Testing
import Watermarks

@testable import Audits
@testable import Fixtures
@testable import Releases
@testable import Training
@testable import Trials
@testable import Work

/// How often each job reads the archives that it is about, from end to end, beside what docs/architecture.md says of it.
@Suite struct PassesTests {
  private let directory: TemporaryDirectory
  private let archive: String
  private var release: String { directory.file("outbox/release-drawn-1") }
  private var released: String { "\(release)/data/drawn.tar" }
  private var vault: String { directory.file("vault") }

  init() throws {
    directory = try TemporaryDirectory()
    archive = directory.file("drawn.tar")
    try DrawnDataset(seed: 3).writeCIFAR10(to: archive, container: .tar, perBatch: 60, test: 60)
    try settle(archive)
  }

  /// Makes a file old enough for its time to tell of every change.
  private func settle(_ file: String) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -3600)], ofItemAtPath: file)
  }

  private struct Passes: Equatable, CustomStringConvertible {
    var original: Int
    var release: Int

    var description: String { "\(original) | \(release)" }
  }

  /// - Parameter keeping: whether there are kept surveys.
  private func passes(keeping: Bool, _ work: (WorkContext) throws -> Void) throws -> Passes {
    let files = Mutex<[String]>([])
    var context = WorkContext(
      threads: 2, surveys: keeping ? SurveyStore(directory: directory.file("surveys"), program: "test") : nil)
    context.passed = { file, _ in files.withLock { $0.append(file) } }
    try work(context)
    let found = files.withLock { $0 }
    return Passes(original: found.count { $0 == archive }, release: found.count { $0 == released })
  }

  private var method: MethodSettings {
    var method = Fixture.method
    method.objective = .keyed
    method[KeyedSettings.carriers] = 3
    method[KeyedSettings.painting] = .learned
    return method
  }

  private func train(_ name: String, _ context: WorkContext) throws {
    _ = try TrainWork(
      TrainSpec(
        archive: archive, dataset: "drawn", target: Fixture.target, method: method, seed: 11,
        generator: directory.file("\(name).safetensors"), workDirectory: directory.file(name), limits: InputLimits()),
      context
    ).run()
  }

  private func makeRelease(_ context: WorkContext) throws {
    _ = try ReleaseWork(
      ReleaseSpec(
        archive: archive, archiveName: "drawn.tar", dataset: "drawn", releaseVersion: 1,
        generator: directory.file("train.safetensors"), rate: "0.5".asRate(), seed: 5,
        outbox: directory.file("outbox"), staging: directory.file("outbox/.staging/1"), vault: vault, batch: 8,
        created: 1_800_000_000, limits: InputLimits()),
      secret: .ofTests, context
    ).run()
  }

  private func audit(_ suspect: String, _ context: WorkContext) throws {
    let spec = AuditSpec(
      suspect: "{}", name: suspect, credential: nil, release: release, vault: vault, images: nil, number: 1,
      questions: AuditQuestions(perAudit: 10_000, perDay: 1_000_000, images: 10, looks: 1),
      judgement: AuditJudgement(), signingKey: nil, limits: InputLimits())
    let result = try AuditWork(spec, context, suspect: PlayedSuspect(spec), now: { 1_800_000_000_000 }).run()
    #expect(result.asked > 0)
  }

  private func qualify(_ name: String, _ context: WorkContext) throws {
    var settings = QualifiedFixture.settings
    settings.epochs = 1
    let result = try QualifyWork(
      QualifySpec(
        release: release, vault: vault, original: archive, settings: settings, seed: 4, usesPanel: true,
        workDirectory: directory.file(name), limits: InputLimits()), context
    ).run()
    #expect(result.models == 7)
  }

  private func reference(_ name: String, _ context: WorkContext) throws {
    // Of one epoch they learn nothing, which is found out at the end.
    let spec = ReferenceSpec(
      archive: archive, release: "release-drawn-1", vault: vault, models: "\(vault)/\(name)",
      settings: ReferenceSettings(models: 2, epochs: 1, samples: 0), workDirectory: directory.file(name),
      limits: InputLimits())
    do { _ = try ReferenceWork(spec, context).run() } catch let error as WorkError {
      guard case .uselessReferences = error else { throw error }
    }
  }

  private func export(_ name: String, _ context: WorkContext) throws {
    _ = try QueryExport(
      release: release, vault: vault, images: nil, count: 12, decoys: 20, amplitude: nil, suspect: name,
      output: directory.file(name), limits: InputLimits()
    ).run(context)
  }

  private func verify(_ context: WorkContext) throws {
    let verification = try ReleaseVerification(
      directory: release, vault: vault, original: archive, limits: InputLimits(), context)
    #expect(verification.holds, "\(verification.checks.filter { !$0.holds })")
  }

  /// The table's numbers by job: with kept surveys, and without.
  private func stated() throws -> [String: [Int]] {
    let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let text = try String(contentsOf: root.appendingPathComponent("docs/architecture.md"), encoding: .utf8)
    let section = try #require(text.components(separatedBy: "## Passes\n").dropFirst().first)
    var rows: [String: [Int]] = [:]
    for line in section.split(separator: "\n") where line.hasPrefix("| ") {
      let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
      let numbers = cells.dropFirst().prefix(4).compactMap { Int($0) }
      if numbers.count == 4 { rows[cells[0]] = numbers }
    }
    return rows
  }

  @Test func everyJobReadsItsArchivesAsOftenAsIsStated() throws {
    var found: [String: [Int]] = [:]
    func measure(
      _ job: String, first: Bool = false, _ work: (_ name: String, _ context: WorkContext) throws -> Void
    ) throws {
      let kept = try passes(keeping: true) { try work("kept-\(job.prefix(4))", $0) }
      let alone = try passes(keeping: false) { try work("alone-\(job.prefix(4))", $0) }
      found[job] = [kept.original, kept.release, alone.original, alone.release]
    }
    // The first job finds no survey of the archive and leaves one.
    let first = try passes(keeping: true) { try train("train", $0) }
    #expect(first == Passes(original: 1, release: 0))
    try measure("train") { try train($0, $1) }
    try measure("release") { _, context in
      try DurableFile(release).remove()
      try DurableFile(vault).remove()
      try makeRelease(context)
    }
    // The one of a job with kept surveys is there in the end, and old enough for its time to tell of changes.
    try DurableFile(release).remove()
    try DurableFile(vault).remove()
    #expect(try passes(keeping: true, makeRelease) == Passes(original: 1, release: 0))
    Thread.sleep(forTimeInterval: 2.1)
    // And the first one that reads the release leaves that one's.
    #expect(try passes(keeping: true) { try audit("first", $0) } == Passes(original: 0, release: 1))
    try measure("audit") { try audit($0, $1) }
    try measure("queries export") { try export($0, $1) }
    try measure("qualify") { try qualify($0, $1) }
    try measure("reference") { try reference($0, $1) }
    try measure("release verify") { try verify($1) }
    let stated = try stated()
    #expect(found == stated)
  }
}
