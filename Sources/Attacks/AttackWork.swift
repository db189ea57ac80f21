import Datasets
import Evidence
import Foundation
package import Foundations
import Jobs
import Networks
import Releases
import Training
import Trials
import Watermarks
package import Work

/// `dandyroll attack`: does a suspect's model still bear the mark after what its owner may do to be rid of it? Each model
/// stands the trial of an audit, before and after.
package struct AttackWork: Sendable {
  private let attack: Attack
  private let model: String
  private let archive: String
  private let vault: String
  private let release: String?
  private let questions: Questions
  private let seed: UInt64
  private let limits: InputLimits
  private let workDirectory: String?

  /// What each model is asked.
  package struct Questions: Sendable {
    /// m, verification images.
    package var images: Int
    /// Decoy carriers beside the key's own.
    package var decoys: Int
    package var alpha: Double

    package init(images: Int = 50, decoys: Int = QualificationSettings.usualDecoys, alpha: Double = 0.01) {
      self.images = images
      self.decoys = decoys
      self.alpha = alpha
    }
  }

  /// - Parameters:
  ///   - model: the suspect's classifier.
  ///   - archive: the archive that the release was made from.
  ///   - release: its name in the vault; nil for the only one that was made from this archive.
  ///   - seed: of the attacker's choices.
  ///   - workDirectory: models and checkpoints of a training are kept there, and the same attack goes on from them; nil
  ///     keeps none.
  package init(
    _ attack: Attack, on model: String, archive: String, vault: String, release: String?,
    questions: Questions = Questions(), seed: UInt64, limits: InputLimits, workDirectory: String? = nil
  ) {
    self.attack = attack
    self.model = model
    self.archive = archive
    self.vault = vault
    self.release = release
    self.questions = questions
    self.seed = seed
    self.limits = limits
    self.workDirectory = workDirectory
  }

  /// - Throws: `WorkError.otherShape` for a model of other images or classes; `missing`, `otherSource`, `noRelease`,
  ///   `ambiguousRelease` for the vault; what training throws.
  package func run(_ context: WorkContext) throws -> AttackReport {
    let reporter = Reporter(context)
    let suspect = try Model(contentsOf: model)
    if case .extraction(let settings) = attack { try settings.check(for: suspect.definition, archive: archive) }
    guard FileManager.default.fileExists(atPath: vault) else { throw WorkError.missing(path: vault) }
    let lock = try workDirectory.map { directory in
      try DurableFile(directory).createDirectory(mode: 0o700)
      return try DirectoryLock(directory)
    }
    defer { withExtendedLifetime(lock) {} }
    let survey = try suspect.definition.answering(
      for: context.survey(archive, limits: limits, onProgress: reporter.bytes("survey")), file: model)
    let owned = try OwnedRelease(release, madeFrom: survey, in: vault, methods: context.methods)
    let trial = try ModelTrial(
      of: owned, on: survey,
      settings: .init(
        images: questions.images, decoys: questions.decoys, policy: VerdictPolicy(alpha: questions.alpha)),
      limits: limits, threads: context.threads, onProgress: reporter.bytes("read"),
      onImages: reporter.images("evaluate"))
    let digest = try HexDigest(ofFile: model, onProgress: reporter.bytes("read"))
    let subject = AttackSubject(
      model: suspect, file: model, digest: digest, survey: survey, trial: trial, seed: seed, limits: limits,
      context: context,
      reporter: reporter,
      store: ModelStore(directory: workDirectory, checkpoints: workDirectory, context: context, reporter: reporter))

    let before = try trial.finding(of: suspect)
    func row(_ stage: AttackRow.Stage, _ outcome: Outcome) -> AttackRow {
      let definition = outcome.student ?? suspect.definition
      return AttackRow(
        attack: attack.name, stage: stage,
        model: .init(
          architecture: definition.architecture, width: definition.width, seed: seed,
          kind: stage == .before ? "suspect" : attack.kind),
        parameter: .init(name: attack.parameter, value: outcome.parameter),
        finding: outcome.finding, baDrop: before.ba - outcome.finding.ba, agreement: outcome.agreement)
    }
    let isText = if case .transformation = attack { true } else { false }
    var rows = [row(.before, Outcome(parameter: isText ? .text("none") : .number(0), finding: before))]
    let material = try carryOut(on: subject) { outcome in
      try context.checkStop()
      rows.append(row(.after, outcome))
    }
    let own = suspect.definition
    return AttackReport(
      attack: attack.name, release: owned.record.name, objective: owned.generator.objective,
      target: owned.claim.subject(among: survey.classNames), archive: survey.digest,
      model: .init(architecture: own.architecture, width: own.width, digest: digest),
      settings: attack, seed: seed, images: material?.images, transferArchive: material?.transferArchive,
      alpha: questions.alpha, rows: rows)
  }

  /// What an attack has come to at one value of its parameter.
  struct Outcome {
    var parameter: SweptParameter.Value
    var finding: ModelFinding
    /// Where it is another network than the suspect: what network, and how far they agree.
    var student: NetworkDefinition?
    var agreement: Double?
  }

  /// What the attacker used.
  struct Material {
    var images: Int
    /// The archive of a transfer set.
    var transferArchive: HexDigest?
  }

  /// - Returns: nil for an attack that needs no images.
  private func carryOut(on subject: AttackSubject, _ take: (Outcome) throws -> Void) throws -> Material? {
    switch attack {
    case .fineTuning(let settings): try settings.run(on: subject, take)
    case .pruning(let settings): try settings.run(on: subject, take)
    case .extraction(let settings): try settings.run(on: subject, take)
    case .transformation(let settings): try settings.run(on: subject, take)
    }
  }
}
