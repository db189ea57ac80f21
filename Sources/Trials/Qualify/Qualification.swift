import Datasets
import Evidence
import Fidelity
import Foundation
package import Foundations
package import Jobs
import Networks
import Releases
import Training
import Watermarks
package import Work

/// `dandyroll qualify`: does the mark hold, and does it leave the innocent alone? Simulated users train on the archived
/// bytes of a release, innocent ones on clean data, and all of them answer the questions of an audit.
/// - Source: SSCL-BW §IV (Malicious, Ind-M, Ind-W); METHODS §5
package struct Qualification: Sendable {
  private let release: String
  private let vault: String
  private let original: String?
  private let settings: QualificationSettings
  private let limits: InputLimits
  private let workDirectory: String?
  private let usesPanel: Bool

  /// - Parameters:
  ///   - release: the release directory.
  ///   - original: the archive before marking; without it innocent users train on the unmarked samples only, and there is
  ///     no other owner.
  ///   - workDirectory: where finished models are kept until the report is there; nil trains all of them in one go.
  ///   - usesPanel: whether the release's reference panel is asked, if it has one.
  package init(
    release: String, vault: String, original: String?, settings: QualificationSettings, limits: InputLimits,
    workDirectory: String? = nil, usesPanel: Bool = true
  ) {
    self.release = release
    self.vault = vault
    self.original = original
    self.settings = settings
    self.limits = limits
    self.workDirectory = workDirectory
    self.usesPanel = usesPanel
  }

  package func run(_ context: WorkContext) throws -> QualificationReport { try judged(context).report }

  /// The report, and some of the marked samples, decoded from the archived bytes, for its page.
  package func judged(_ context: WorkContext) throws -> (report: QualificationReport, sheet: SampleSheet) {
    let reporter = Reporter(context)
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    let owned = try OwnedRelease(document.name.description, in: vault, methods: context.methods)
    let (record, generator) = (owned.record, owned.generator)
    let opening = try record.opening(of: document)
    let watermark = generator.watermark

    var survey = try context.survey(
      "\(release)/\(document.archive.path)", limits: limits, onProgress: reporter.bytes("survey"))
    guard survey.digest == document.archive.sha256 else {
      throw WorkError.malformed(path: survey.file, reason: "its SHA-256 is not the one in release.json")
    }
    survey = try generator.seeing(survey.counting(opening.statement.samples), file: record.generator)
    var source = try original.map {
      try context.survey($0, limits: limits, onProgress: reporter.bytes("survey"))
        .counting(opening.statement.samples)
    }
    if let source, source.digest != opening.statement.source {
      throw WorkError.otherSource(release: release, archive: source.file)
    }
    source = try source.map { try generator.seeing($0, file: record.generator) }
    guard owned.key != nil || settings.otherAmplitudes.isEmpty else {
      throw WorkError.noAmplitude(generator: record.generator, objective: generator.objective)
    }
    var settings = settings
    let fitting = try settings.fit(to: survey)
    let surrogate = try KeptSurrogate(
      path: record.surrogate, digest: opening.statement.generator, input: generator.input)
    let panel =
      try usesPanel ? ReferencePanel(vault: vault, release: record.name, archive: document.archive.sha256) : nil
    func report(
      obstacles: [QualificationObstacle] = [], rows: [QualificationRow] = [], others: [QualificationRow] = []
    ) throws -> QualificationReport {
      QualificationReport(
        release: record.name, target: owned.claim.subject(among: survey.classNames),
        assignedClasses: owned.claim.assigned(among: survey.classNames), objective: generator.objective,
        decider: owned.key != nil ? .rankAmongKeys : watermark.isJudgedByTwins ? .twins : .pairedT,
        epsilon: opening.statement.epsilon, markedSamples: opening.statement.markedSamples,
        changesLabels: document.changesLabels, samples: opening.statement.samples, settings: settings, fitting: fitting,
        surrogate: surrogate.map { Learner($0.model.definition) },
        generator: opening.statement.generator, archive: document.archive.sha256, quality: try record.quality(),
        references: panel?.models.count, obstacles: obstacles, rows: rows, otherAmplitudes: others)
    }

    let training = SimulatedData.trainingIndices(survey, settings, limits)
    // Without the original, innocent models learn from what carries no mark.
    let marked = try record.marks().map(\.index)
    let marks = Set(marked)
    let pool = VerificationPool(survey, claim: owned.claim, except: marks)
    if let remark = pool.remark { context.note("\(release): \(remark)") }
    let few =
      QualificationObstacle.found(
        in: settings, key: owned.key, claim: owned.claim)
      + QualificationObstacle.found(among: Set(pool.candidates.map { Int(survey.labels[$0]) }), claim: owned.claim)
      + QualificationObstacle.found(
        in: survey, training: source == nil ? training.filter { !marks.contains($0) } : training,
        pool: pool.candidates.count, settings: settings)
    guard few.isEmpty else {
      return (
        try report(obstacles: few),
        try SampleSheet(marks: marked, released: survey, original: source, limits: limits, context)
      )
    }
    // Another owner of the same pictures draws a key of their own; it may share a carrier with this one, as theirs would.
    var other = opening.statement
    other.seed ^= 1
    let sheet = SampleSheet.Gathering(marks: marked)
    let twins = try source.flatMap { try TwinTrial.Gathering(of: owned, on: $0, threads: context.threads) }
    let data = try SimulatedData(
      released: survey, original: source, training: training, marks: marks,
      settings: settings, pool: pool, secret: owned.secret, root: opening.root,
      otherOwner: watermark.otherOwner == nil
        ? watermark.marker(other.secret, of: owned.claim, amplitude: 1, batch: 64, threads: context.threads) : nil,
      besides: ([sheet.released], [sheet.original] + [twins?.selection].compactMap(\.self)),
      limits: limits, onProgress: reporter.bytes("read"))
    let blank = QualificationObstacle.found(in: data)
    guard blank.isEmpty else { return (try report(obstacles: blank), sheet.sheet) }
    let trial = try ModelTrial(
      of: owned, held: data.held, verification: data.verification, settings: settings.trial, panel: panel,
      twins: twins?.trial(), threads: context.threads, onImages: reporter.images("evaluate"))

    var rows: [QualificationRow] = []
    var others: [QualificationRow] = []
    let store = ModelStore(
      directory: workDirectory, checkpoints: workDirectory, context: context, reporter: reporter)
    let users = SimulatedUsers(
      data: data, surrogate: surrogate?.model,
      otherOwner: source == nil
        ? nil : watermark.otherOwner.map { OtherOwner(training: $0, marks: marks, store: store) },
      classes: survey.classNames.count, settings: settings, store: store)
    try users.train { scenario, trained, model, twin in
      try context.checkStop()
      var judged = try trial.findings(of: model).map {
        QualificationRow(scenario: scenario, model: trained, finding: $0)
      }
      if let twin, twin.definition.headWeight != nil {
        let report = reporter.images("evaluate")
        judged[0].fidelity = try FidelityTrial(
          host: twin, samples: data.held, threads: context.threads, onProgress: report
        ).figures(of: model, onProgress: report)
      }
      rows.append(judged[0])
      others += judged.dropFirst()
    }
    return (try report(rows: rows, others: others), sheet.sheet)
  }
}
