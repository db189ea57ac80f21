import Evidence
import Fidelity
import Foundation
import Foundations
package import Jobs
import Pages
import Releases
import Watermarks
import Work

/// A qualification's report as one HTML file; everything in it but the samples' pixels is in the report's JSON as well.
package struct QualificationPage: Sendable {
  private let report: QualificationReport
  private let sheet: SampleSheet?
  private let isPublic: Bool

  /// - Parameter sheet: samples to show; nil leaves them out.
  package init(_ report: QualificationReport, sheet: SampleSheet?) {
    self.report = report
    self.sheet = sheet
    isPublic = false
  }

  /// The page without what the release's commitment rests on: for others than the vault's owner.
  init(disclosing report: QualificationReport) {
    self.report = report
    sheet = nil
    isPublic = true
  }

  /// The file's content. The same report gives the same bytes.
  package var html: String {
    QualificationView(
      release: report.release, subject: subject, classes: (isPublic ? nil : report.assignedClasses) ?? [],
      hasKey: hasKey, hasPanel: report.references != nil, finding: finding, facts: facts, limits: limits,
      models: report.rows.map { ModelRow($0, gate, seedsFrom: firstSeed) },
      otherAmplitudes: report.otherAmplitudes.map { ModelRow($0, gate, seedsFrom: firstSeed) },
      sheet: sheet.map { SampleSheetView($0) }, settings: settings, origin: origin
    ).html
  }

  /// Writes the file, readable by its owner alone: it tells which samples are marked.
  package func write(to path: String) throws {
    try DurableFile(path).replace(with: Array(html.utf8), mode: 0o600)
  }

  private var subject: String {
    if report.assignedClasses != nil { return "the carrier’s class" }
    return isPublic ? "the target class" : report.target
  }

  /// Models are told apart by their seeds, which are counted from here.
  private var firstSeed: UInt64 { isPublic ? report.settings.seed : 0 }

  private var gate: QualificationGate { QualificationGate(report.settings) }
  private var hasKey: Bool { report.decider == .rankAmongKeys }
  private var deciding: String {
    switch report.decider {
    case .rankAmongKeys: "among decoys"
    case .pairedT: "of the t-test"
    case .twins: "of the twins, by magnitudes"
    }
  }
  private var malicious: [QualificationRow] { report.rows.filter { $0.scenario == .malicious } }
  private var scratch: [QualificationRow] { malicious.filter { !$0.model.isFineTuned } }
  private var fineTuned: [QualificationRow] { malicious.filter(\.model.isFineTuned) }
  private var innocent: [QualificationRow] { report.rows.filter { $0.scenario != .malicious } }

  private var finding: Finding {
    let (convicted, found) = (scratch.count(where: gate.isFoundOut), fineTuned.count(where: gate.isFoundOut))
    let accused = innocent.count(where: gate.isFoundOut)
    let sentence = """
      \(convicted) of \(Figures.count(scratch.count, "model")) trained on the release from scratch convicted, \
      \(found) of \(fineTuned.count) that were only fine-tuned on it; \
      \(accused) of \(Figures.count(innocent.count, "innocent model")) accused.
      """
    return switch report.outcome {
    case .passed: Finding(.good, word: "Passed", sentence: sentence)
    case .held: Finding(.bad, word: "Held", sentence: sentence, reasons: report.reasons)
    case .inconclusive: Finding(.unclear, word: "Inconclusive", sentence: sentence, reasons: report.reasons)
    }
  }

  private var facts: [Fact] {
    let gains = scratch.compactMap(\.figures.deltaP)
    let others = innocent.compactMap(\.figures.deltaP)
    var facts = [
      Fact("Least ΔP, trained on the release from scratch", Figures.decimal(gains.min(), 3)),
      Fact("Largest ΔP, innocent", Figures.decimal(others.max(), 3)),
      Fact(
        "Largest drop of accuracy", Figures.decimal(malicious.compactMap(\.baDrop).max().map { $0 * 100 }, 1),
        detail: "points"),
      Fact(
        "Marked samples", Figures.count(report.markedSamples),
        detail: "of \(Figures.count(report.samples)), objective “\(report.objective)”"),
      Fact("Largest change of a pixel", "\(report.quality.largestChange)/255", detail: allowedChange),
      Fact("PSNR", Figures.decimal(report.quality.psnr, 1), detail: "dB, mean over marked samples"),
    ]
    if report.changesLabels == true {
      facts.append(Fact("Labels", "changed", detail: "marked samples may have other classes than in the original"))
    }
    let fidelity = scratch.compactMap(\.fidelity)
    if !fidelity.isEmpty {
      let same = "against models that learned the clean data from the same weights in the same order"
      facts += [
        Fact("Largest PFL", Figures.decimal(fidelity.map(\.pfl).max(), 3), detail: "features, \(same)"),
        Fact("Largest SPL", Figures.decimal(fidelity.map(\.spl).max(), 4), detail: "probabilities, nats, \(same)"),
      ]
    }
    if let ssim = report.quality.ssim {
      facts.append(Fact("SSIM", Figures.decimal(ssim, 4), detail: "mean over marked samples"))
    }
    if let perceptual = report.quality.perceptual {
      facts.append(
        Fact(
          perceptual.isLPIPS ? "LPIPS" : "Feature distance", Figures.decimal(perceptual.mean, 4),
          detail: "largest \(Figures.decimal(perceptual.largest, 4)), \(perceptual.trunk), "
            + Figures.count(perceptual.images, "sample")))
    }
    return facts
  }

  private var allowedChange: String {
    let allowed = "allowed: \(report.epsilon)/255"
    return report.quality.jpegQuality.map { "\(allowed), before JPEG compression of quality \($0)" } ?? allowed
  }

  private var limits: [QualificationView.Limit] {
    gate.limits(report.rows).map { limit in
      let mark = limit.holds.map { $0 ? Mark(.good, "holds") : Mark(.bad, "broken") } ?? Mark(.unclear, "not measured")
      return .init(rule: limit.rule, limit: limit.allowed, measured: limit.measured, mark: mark)
    }
  }

  private var settings: [Fact] {
    let settings = report.settings
    return [
      Fact(
        "Models", settings.learners.map { "\($0.architecture):\($0.width)" }.joined(separator: ", "),
        detail: "architecture:width"
          + (report.leftOut.isEmpty
            ? "" : "; \(report.leftOut.map(\.description).joined(separator: ", ")) cannot take images this small")
          + (report.standIn.map { ", \($0) stands in" } ?? "")
      ),
      Fact(
        "Surrogate", report.surrogate?.description ?? "none was kept",
        detail: report.surrogate == nil ? "no copy of it is judged" : "innocent copies of it are trained on"),
      Fact("Of each kind", Figures.count(settings.seeds, "seed") + (isPublic ? "" : ", from \(settings.seed)")),
      Fact("Training", Figures.count(settings.epochs, "epoch") + (settings.augments ? ", crops and flips" : ", plain")),
      Fact("Training samples", settings.samples.map { "at most \(Figures.count($0))" } ?? "all"),
      Fact(
        "Questions",
        "\(Figures.count(settings.images, "image")), clean, under the key and under decoys",
        detail: "\(Figures.count(report.rows.first?.figures.decoys ?? 0)) keys could have been drawn instead"),
      Fact(
        "α", Figures.probability(settings.policy.alpha),
        detail: "largest p that convicts, \(deciding)"),
      Fact("Reference panel", report.references.map { Figures.count($0, "model") } ?? "none", detail: "for p (panel)"),
      Fact(
        "τ", Figures.decimal(settings.margin, 2),
        detail:
          "margin of the t-test, which decides \(report.decider == .pairedT ? "where marks have no keys" : "nothing")"),
    ]
  }

  private var origin: [Fact] {
    [
      Fact("Released archive", report.archive.description, detail: "SHA-256"),
      isPublic ? nil : Fact("Generator", report.generator.description, detail: "SHA-256"),
      Fact("Program", "dandyroll \(report.program)"),
    ].compactMap { $0 }
  }
}

extension ModelRow {
  /// - Parameters:
  ///   - gate: which says who is found out; for the paper's marks that is no verdict.
  ///   - first: what seeds are counted from.
  fileprivate init(_ row: QualificationRow, _ gate: QualificationGate, seedsFrom first: UInt64) {
    let figures = row.figures
    self.init(
      scenario: .init(row), name: "\(row.model.architecture):\(row.model.width)", kind: row.model.kind,
      seed: "\(row.model.seed &- first)", amplitude: figures.amplitude, accuracy: row.ba, accuracyDrop: row.baDrop,
      successRate: row.wsr, baseline: row.baseline, deltaP: figures.deltaP, t: figures.t, pT: figures.pT,
      pWilcoxon: figures.pWilcoxon, pDiscordant: figures.pDiscordant, pDecoy: figures.pDecoy, pPanel: row.pPanel,
      pTwins: row.finding.decider == .twins ? row.finding.twins?.pFlips : row.finding.pTwins,
      outcome: .init(gate.outcome(of: row)),
      reasons: row.verdict.reasons.map(\.code.rawValue), clean: row.scores.clean, marked: row.scores.marked,
      carriers: row.scores.carriers,
      decoys: row.scores.decoys, gains: figures.matrix)
  }
}

extension ModelRow.Scenario {
  /// Who only fine-tunes is another case on the page, as the gate has a rule of its own for them.
  fileprivate init(_ row: QualificationRow) {
    self =
      switch row.scenario {
      case .malicious: row.model.isFineTuned ? .fineTuned : .malicious
      case .independentModel: .independentModel
      case .independentWatermark: .independentWatermark
      }
  }
}

extension SampleSheetView {
  fileprivate init(_ sheet: SampleSheet) {
    self.init(
      samples: sheet.samples.map {
        .init(
          index: $0.index, original: $0.original?.base64EncodedString(), marked: $0.marked.base64EncodedString(),
          difference: $0.difference?.base64EncodedString())
      }, factor: sheet.factor)
  }
}

extension ModelRow.Outcome {
  fileprivate init(_ outcome: Verdict.Outcome) {
    switch outcome {
    case .trainedOn: self = .trainedOn
    case .notShown: self = .notShown
    case .inconclusive: self = .inconclusive
    }
  }
}
