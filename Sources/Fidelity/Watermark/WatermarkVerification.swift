import Datasets
package import Evidence
import Foundation
package import Foundations
import Networks
package import Suspects
package import Work

/// `dandyroll model verify-watermark`: does a model answer the triggers as their labels were drawn?
///
/// What chance is: labels are drawn one by one, uniformly and by the vault's secret, so whatever a model that was made
/// without the secret says of the triggers, each answer is right with chance 1/K, and the number of right ones is binomial
/// whatever the model (`LabelMatches`). That is exact for one verification of one model. It is not about models that were
/// made of the marked one knowingly or not: those it is to find.
package struct WatermarkVerification: Sendable {
  private let watermark: ModelWatermark
  private let triggers: TriggerSet
  private let policy: VerdictPolicy

  /// - Parameters:
  ///   - name: of the watermark; nil takes the vault's only one.
  ///   - alpha: the chance that an innocent model is accused.
  /// - Throws: `WorkError.noModelWatermark`, `ambiguousModelWatermark`, `malformed`.
  package init(_ name: String?, in vault: String, alpha: Double) throws {
    watermark = try ModelWatermark(name, in: vault)
    triggers = watermark.triggerSet
    policy = VerdictPolicy(alpha: alpha)
  }

  /// The `--json` output (docs/formats).
  package struct Report: Codable, Sendable, Equatable {
    package let watermark: String
    package let commitment: HexDigest
    /// The model's file, or the suspect's name.
    package let suspect: String
    package let triggers: Int
    package let answered: Int
    package let matches: Int
    /// 1/K.
    package let chance: Double
    package let p: Double
    package let alpha: Double
    package let verdict: Verdict
  }

  /// Asks a model at hand.
  /// - Throws: `WorkError.otherShape` for a model of other images or classes; `NeuralNetError` for a file that is no network.
  package func run(asking path: String, _ context: WorkContext) throws -> Report {
    let model = try Model(contentsOf: path)
    let (input, classes) = (model.definition.input, model.definition.classes)
    guard input == watermark.input, classes == watermark.classes.count else {
      throw WorkError.otherShape(
        file: path, expects: "\(input) images of \(classes) classes", archive: "the watermark “\(watermark.name)”",
        found: "triggers of \(watermark.input) and \(watermark.classes.count) classes")
    }
    if let text = try Model.metadata(of: path)["classes"],
      let names = try? CanonicalJSON.decode([String].self, from: text.utf8), names != watermark.classes
    {
      throw WorkError.otherShape(
        file: path, expects: "the classes \(names.joined(separator: ", "))",
        archive: "the watermark “\(watermark.name)”", found: watermark.classes.joined(separator: ", "))
    }
    let plan = try ClassifierPlan(model, batch: 64, threads: context.threads)
    let said = plan.predictions(plan.logits(triggers.pixels.span, count: triggers.count))
    return try report(path, said.map { $0 })
  }

  /// Asks a served model, once about each trigger.
  /// - Parameters:
  ///   - credential: the file of what the suspect wants to see; nil for nothing.
  ///   - stopRequested: asked before every request.
  /// - Throws: `SuspectError` for a suspect that cannot be asked, `WorkError.openSecret`, `stopped`.
  package func run(
    asking suspect: Suspect, credential: String?, policy asking: AskingPolicy,
    stopRequested: @escaping @Sendable () -> Bool
  ) async throws -> Report {
    let size = ImageSize(
      channels: triggers.shape.channels, height: triggers.shape.height, width: triggers.shape.width)
    let terms = SuspectSession.Terms(
      classes: watermark.classes, size: size,
      credential: try credential.map { try Credential(try SecretText.read($0)) }, policy: asking,
      surroundings: Surroundings(stopRequested: stopRequested),
      encoder: { pixels, size in
        PNGImage(
          planar: pixels, shape: ImageShape(channels: size.channels, height: size.height, width: size.width)
        ).encoded()
      })
    let questions = (0..<triggers.count).map { Question(id: "\($0)", pixels: Array(triggers.image($0))) }
    let result = try await SuspectSession.with(suspect, terms: terms) { session in
      try await session.ask(questions, record: { _ in })
    }
    if result.interruption?.reason == .stopped { throw WorkError.stopped }
    return try report(
      suspect.name, questions.map { result.answers[$0.id]?.label },
      interruption: result.interruption.flatMap(Self.end), modelChanged: result.interruption?.reason == .modelChanged)
  }

  private static func end(_ interruption: Interruption) -> AuditHealth.Interruption? {
    switch interruption.reason {
    case .outage, .unusable: .outage
    case .rateLimit: .rateLimit
    case .refused: .refused
    case .budget: .budget
    case .modelChanged, .stopped: nil
    }
  }

  private func report(
    _ suspect: String, _ answers: [Int?], interruption: AuditHealth.Interruption? = nil, modelChanged: Bool = false
  ) throws -> Report {
    let labels = LabelMatches(of: answers, with: triggers.labels, classes: watermark.classes.count)
    return Report(
      watermark: watermark.name, commitment: try watermark.commitment, suspect: suspect, triggers: triggers.count,
      answered: labels.answered, matches: labels.matches, chance: 1 / Double(labels.classes), p: labels.p.value,
      alpha: policy.alpha,
      verdict: Verdict(
        labels, asked: triggers.count, interruption: interruption, modelChanged: modelChanged, policy: policy))
  }
}
