import Evidence
import Foundations
package import Jobs
import Releases
package import Work

/// The `qualify` job: the qualification of one release, with its report in the vault.
///
/// Finished models are kept in the work directory, so that a job that was killed goes on and writes the same bytes.
package struct QualifyWork {
  private let spec: QualifySpec
  private let context: WorkContext

  package init(_ spec: QualifySpec, _ context: WorkContext) {
    self.spec = spec
    self.context = context
  }

  package func run() throws -> QualifyResult {
    let qualification = Qualification(
      release: spec.release, vault: spec.vault, original: spec.original,
      settings: QualificationSettings(spec.settings, seed: spec.seed), limits: spec.limits,
      workDirectory: spec.workDirectory, usesPanel: spec.usesPanel)
    let (report, sheet) = try qualification.judged(context)
    let record = Vault(root: spec.vault, release: report.release)
    try DurableFile(record.qualification).replace(with: CanonicalJSON.encode(report), mode: 0o600)
    try QualificationPage(report, sheet: sheet).write(to: record.qualificationPage)
    try QualificationPage(disclosing: report).write(to: record.publicQualificationPage)
    return QualifyResult(
      release: report.release, outcome: report.outcome, reasons: report.reasons, report: record.qualification,
      models: report.rows.count)
  }
}

extension Vault {
  /// The newest qualification's report.
  var qualification: String { "\(directory)/qualification.json" }

  /// The same for people to read, and what of it is shown to others than the vault's owner.
  var qualificationPage: String { "\(directory)/qualification.html" }
  var publicQualificationPage: String { "\(directory)/qualification.public.html" }
}

extension QualifyJob: RunnableJob {
  package static func run(_ spec: QualifySpec, _ context: WorkContext) throws -> QualifyResult {
    try QualifyWork(spec, context).run()
  }
}
