import Datasets
import Evidence
import Foundation
package import Jobs
import NeuralNet
import Watermarks

/// `dandyroll qualify`: does the mark hold, and does it leave the innocent alone? Simulated users train on the archived
/// bytes of a release, innocent ones on clean data, and all of them answer the questions of an audit.
/// - Source: SSCL-BW §IV (Malicious, Ind-M, Ind-W); METHODS §5
package struct Qualification: Sendable {
  private let release: String
  private let vault: String
  private let original: String?
  private let settings: QualificationSettings
  private let limits: Limits

  /// - Parameters:
  ///   - release: the release directory.
  ///   - original: the archive before marking; without it innocent users train on the unmarked samples only, and there is
  ///     no other owner.
  package init(
    release: String, vault: String, original: String?, settings: QualificationSettings, limits: InputLimits
  ) {
    self.release = release
    self.vault = vault
    self.original = original
    self.settings = settings
    self.limits = Limits(limits)
  }

  package func run(_ context: WorkContext) throws -> QualificationReport {
    let reporter = Reporter(context)
    let document = try CanonicalJSON.decode(ReleaseDocument.self, from: "\(release)/release.json")
    let record = Vault(root: vault, release: document.name)
    let opening = try record.opening()
    let secret = opening.statement.secret
    let target = opening.statement.targetClass
    let generator = try Generator(contentsOf: record.generator)
    let keyed = generator.description.keyed
    let own = keyed?.amplitude ?? 1
    let amplitudes = [own] + (keyed == nil ? [] : settings.otherAmplitudes.filter { $0 != own })

    let survey = try DatasetSurvey(
      file: "\(release)/\(document.archive.path)", limits: limits, onProgress: reporter.bytes("survey"))
    try generator.check(fits: survey, file: record.generator)
    let source = try original.map { try DatasetSurvey(file: $0, limits: limits) }
    if let source, HexDigest(source.digest) != opening.statement.source {
      throw WorkError.otherRelease(path: release, reason: "it was not made from \(source.file)")
    }
    // Another owner of the same pictures draws a key of their own; it may share a carrier with this one, as theirs would.
    var other = opening.statement
    other.seed ^= 1
    let data = try SimulatedData(
      released: survey, original: source, marks: Set(try record.marks().map(\.index)), settings: settings,
      targetClass: target, secret: secret,
      otherOwner: keyed == nil
        ? nil : SampleMarker(generator, secret: other.secret, batch: 64, threads: context.threads),
      limits: limits)
    let trials = try amplitudes.map { amplitude in
      let marker = try SampleMarker(
        generator, secret: secret, amplitude: amplitude, batch: 64, threads: context.threads)
      return KeyTrial(
        data.verification, marker: marker, targetClass: target, amplitude: amplitude,
        decoys: min(settings.decoys, marker.mostDecoys))
    }

    var rows: [QualificationRow] = []
    var others: [QualificationRow] = []
    let users = SimulatedUsers(
      data: data, classes: survey.classNames.count, settings: settings, context: context, reporter: reporter)
    try users.train { scenario, trained, model in
      let judged = try judge(model, scenario, trained, trials, held: data.held, context)
      rows.append(judged[0])
      others += judged.dropFirst()
    }
    return QualificationReport(
      release: record.name, objective: generator.description.objective, epsilon: opening.statement.epsilon,
      markedSamples: opening.statement.markedSamples, samples: opening.statement.samples, settings: settings,
      generator: opening.statement.generator, archive: document.archive.sha256, quality: try record.quality(),
      rows: rows, otherAmplitudes: others)
  }

  private func judge(
    _ model: Model, _ scenario: QualificationRow.Scenario, _ trained: QualificationRow.Trained, _ trials: [KeyTrial],
    held: SampleCache, _ context: WorkContext
  ) throws -> [QualificationRow] {
    let plan = try ClassifierPlan(model, batch: 64, threads: context.threads)
    let accuracy = Double(plan.correct(held)) / Double(held.count)
    return try trials.map { trial in
      let answers = try trial.answers(of: plan)
      let judgement = Judgement(
        answers.scores, health: answers.health, amplitude: trial.amplitude, margin: settings.margin,
        policy: settings.policy)
      return QualificationRow(
        scenario: scenario, model: trained, ba: accuracy, wsr: answers.successRate, baseline: answers.baseline,
        figures: judgement.figures, verdict: judgement.verdict)
    }
  }
}
