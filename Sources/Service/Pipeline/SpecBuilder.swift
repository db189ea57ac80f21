import Jobs
import Ledger
import ServiceConfiguration
import ServiceFoundation

/// Turns a filed job into the spec that its process is given. Pure.
struct SpecBuilder {
  var places: JobPlaces
  var configuration: Configuration
  /// Processors of this machine.
  var processors: Int

  func train(_ job: JobRecord, id: Int64, dataset: String, settings: DatasetSettings, archive: String) -> JobSpec {
    JobSpec(
      id: "\(id)", threads: threads,
      work: .train(
        TrainSpec(
          archive: archive, dataset: dataset, target: settings.target, method: settings.method,
          seed: UInt64(job.seed), generator: places.generator(id, dataset: dataset),
          workDirectory: places.checkpoints(id), limits: configuration.limits)))
  }

  func release(
    _ job: JobRecord, id: Int64, dataset: String, settings: DatasetSettings, input: InputRecord, archive: String,
    version: Int, generator: String
  ) -> JobSpec {
    let key = configuration.service.signingKey
    return JobSpec(
      id: "\(id)", threads: threads,
      work: .release(
        ReleaseSpec(
          archive: archive, archiveName: input.name, dataset: dataset, releaseVersion: version, generator: generator,
          rate: settings.rate, seed: UInt64(job.seed), outbox: places.birthplace(waits: settings.qualify),
          staging: places.staging(id, waits: settings.qualify),
          vault: places.settings.vault, batch: configuration.jobs.releaseBatch, images: settings.images,
          lpips: settings.method.lpips, signingKey: key.isEmpty ? nil : key, created: job.filed / 1000,
          limits: configuration.limits)))
  }

  /// - Parameters:
  ///   - alpha: what the claim may spend.
  ///   - formerNames: under which the suspect was asked before.
  ///   - credentials: the service manager's directory of credentials.
  /// - Throws: `ServiceError.noCredential` if it gave none of that name.
  func audit(
    id: Int64, suspect: SuspectSettings, release: ReleaseRecord, alpha: Double, formerNames: [String],
    credentials: String?
  ) throws -> JobSpec {
    let credential = suspect.credentialPath(in: credentials)
    if credential == nil, !suspect.credential.isEmpty {
      throw ServiceError.noCredential(suspect.credential, suspect: suspect.name)
    }
    let audits = configuration.audits
    let key = configuration.service.signingKey
    return JobSpec(
      id: "\(id)", threads: 1,
      work: .audit(
        AuditSpec(
          suspect: try JobJSON.line(suspect.endpoint), name: suspect.name,
          formerNames: formerNames.isEmpty ? nil : formerNames, credential: credential,
          release: release.directory, vault: places.settings.vault,
          images: suspect.heldOut.isEmpty ? nil : suspect.heldOut, number: Int(id), questions: suspect.plan.questions,
          judgement: AuditJudgement(
            alpha: alpha, panelAlpha: audits.panelAlpha, needsPanel: audits.needsPanel,
            leastPairs: audits.leastPairs, leastAnswerShare: audits.leastAnswerShare, margin: audits.margin),
          signingKey: key.isEmpty ? nil : key, limits: configuration.limits)))
  }

  func qualify(
    _ job: JobRecord, id: Int64, settings: DatasetSettings, release: ReleaseRecord, archive: String, hasPanel: Bool
  ) -> JobSpec {
    JobSpec(
      id: "\(id)", threads: threads,
      work: .qualify(
        QualifySpec(
          release: release.directory, vault: places.settings.vault, original: archive,
          settings: settings.qualification, seed: UInt64(job.seed), usesPanel: hasPanel,
          workDirectory: places.checkpoints(id), limits: configuration.limits)))
  }

  func reference(
    _ job: JobRecord, id: Int64, dataset: String, settings: DatasetSettings, release: ReleaseRecord, archive: String
  ) -> JobSpec {
    JobSpec(
      id: "\(id)", threads: threads,
      work: .reference(
        ReferenceSpec(
          archive: archive, release: release.name, vault: places.settings.vault, models: places.panel(dataset),
          settings: settings.references, workDirectory: places.checkpoints(id), limits: configuration.limits)))
  }

  var threads: Int {
    let configured = configuration.jobs.threads
    return configured > 0 ? configured : max(1, processors / configuration.jobs.concurrent)
  }
}
