import Archives
import Benchmarks
import Datasets
import Evidence
import Fidelity
import Foundation
import Foundations
import Jobs
import Reproductions
import Suspects
import Testing
import Trials
import Watermarks

@testable import Audits
@testable import Releases
@testable import ServiceConfiguration
@testable import Work

/// What reads each example: the product's own decoder, and a look at what came out.
enum ExampleReaders {
  typealias Reader = @Sendable (FormatExample) throws -> Void

  static let all: [String: [String: Reader]] = [
    "datasets.md": [
      "image-folder": { try DatasetExample($0).check(layout: .imageFolder, classes: ["cat", "dog"]) },
      "webdataset": { try DatasetExample($0).check(layout: .webDataset, classes: ["0", "1", "2"]) },
    ],
    "releases.md": [
      "release.json": release, "opening.json": opening, "marks.jsonl": marks, "watermark.json": watermark,
    ],
    "networks.md": ["generator.safetensors": generator, "recipe": recipe],
    "trials.md": [
      "answers.csv": answers, "panel.json": panel, "fidelity": fidelity, "verify-watermark": labels,
      "fidelity-report": fidelityReport, "weights": weights,
    ],
    "audits.md": ["suspect": suspect, "plan.json": plan, "transcript.jsonl": transcript],
    "jobs.md": ["SPEC.json": spec, "events": events, "REASON.json": reason],
    "service.md": ["dandyroll.toml": configuration],
    "commands.md": ["evaluate": evaluate, "bench": bench],
  ]

  // MARK: - Releases

  private static func document() throws -> ReleaseDocument {
    let example = try #require(FormatExample.all.first { $0.name == "release.json" })
    return try example.decode(ReleaseDocument.self)
  }

  private static let release: Reader = { _ in
    let document = try document()
    #expect(document.name.description == "release-shapes-1" && document.commitment.leaves == 5000)
  }

  private static let opening: Reader = { example in
    let opening = try example.decode(Vault.Opening.self)
    let document = try document()
    #expect(opening.difference(from: document) == nil)
    #expect(opening.statement.claim == .targeted(at: 1) && opening.leftOut == [17, 4030])
  }

  private static let marks: Reader = { example in
    let mark = try example.decode(Vault.Mark.self)
    #expect(mark.index == 21)
  }

  private static let watermark: Reader = { example in
    let watermark = try example.decode(ModelWatermark.self)
    #expect(watermark.classes.count == 3 && watermark.input == ImageShape(channels: 3, height: 32, width: 32))
    let commitment = try watermark.commitment
    #expect(commitment == HexDigest(of: Array(example.json.utf8)))
  }

  // MARK: - Networks

  private static let generator: Reader = { example in
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("formats-\(UUID()).safetensors").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    let header = Array(example.json.utf8)
    let length = (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) }
    try Data(length + header).write(to: URL(fileURLWithPath: path))
    let generator = try Generator(contentsOf: path)
    #expect(generator.objective == "assignment" && generator.classes == ["disk", "square", "triangle"])
    #expect(generator.input == ImageShape(channels: 3, height: 32, width: 32))
    #expect(generator.watermark.budget == .linf(8))
  }

  private static let recipe: Reader = { example in
    let recipe = try example.decode(Recipe.self)
    #expect(recipe.network == "surrogate" && recipe.data.samples == 4000)
    let digest = try recipe.digest
    #expect(digest == HexDigest(of: Array(example.json.utf8)).description)
  }

  // MARK: - Trials and audits

  private static let answers: Reader = { example in
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("formats-\(UUID()).csv").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    try Data(example.text.utf8).write(to: URL(fileURLWithPath: path))
    let table = try AnswerTable(file: path, classes: ["disk", "square", "triangle"])
    #expect(table.label("3f9da5af5ae92ae8") == 1 && table.label("004b3320dc109465") == 0)
    #expect(table.answers["5d26e68c65e51cd0"] == AnswerTable.Answer.none && table.answers.count == 3)
  }

  private static let panel: Reader = { example in
    let panel = try example.decode(PanelSummary.self)
    #expect(panel.models.count == 2 && panel.distribution.largest == 0.03)
  }

  private static let fidelity: Reader = { example in
    let figures = try example.decode(FidelityComparison.Figures.self)
    #expect(figures.images == 10_000 && figures.model.spl == 0.0125 && figures.model.triggerAccuracy == nil)
  }

  private static let fidelityReport: Reader = { example in
    let report = try example.decode(FidelityReport.self)
    #expect(report.rows.map { $0.embedding?.loss } == [nil, .both] && report.rows[0].paperAccuracy == 0.867)
    #expect(report.lines.count == 7)
  }

  private static let labels: Reader = { example in
    let report = try example.decode(WatermarkVerification.Report.self)
    let labels = LabelMatches(matches: report.matches, answered: report.answered, classes: 10)
    #expect(abs(labels.p.value - report.p) < 1e-5 && report.verdict.outcome == .notShown)
  }

  private static let weights: Reader = { example in
    let report = try example.decode(WeightReport.self)
    #expect(report.outcome == .trainedOn && report.classes.map(\.name) == ["disk", "square"])
  }

  private static let suspect: Reader = { example in
    let suspect = try #require(try read(example).suspects.first)
    #expect(suspect.endpoint.kind == .rest && suspect.endpoint.classes.names == ["square": "box"])
    #expect(suspect.endpoint.classes.order == .names(["disk", "box", "triangle"]))
    #expect(suspect.endpoint.output.scores == .logits && suspect.endpoint.rest?.answerPath == "$.scores")
  }

  private static let plan: Reader = { example in
    let plan = try example.decode(AuditPlan.self)
    // So few decoys are enough to convict by: C(11, 3) keys.
    #expect(plan.keys == 165 && plan.claim == .targeted(at: 1) && plan.questions == 120)
  }

  private static let transcript: Reader = { example in
    let lines = try example.lines.map { try FormatExample.decode(AuditLine.self, String($0)) }
    #expect(lines.map(\.event) == [.begin, .ask, .answer, .end])
    #expect(lines[2].answer == .probabilities([0.1, 0.8, 0.1]) && lines[2].question == lines[1].question)
  }

  // MARK: - Jobs, daemon, commands

  private static let spec: Reader = { example in
    let spec = try example.decode(JobSpec.self)
    let work = try #require(spec.work as? ReleaseSpec)
    #expect(spec.kind == .release && work.name == "release-shapes-1" && work.limits == InputLimits())
  }

  private static let events: Reader = { example in
    let events = try example.lines.map { try FormatExample.decode(JobEvent.self, String($0)) }
    guard case .progress(let progress) = events.first, case .finished(let result) = events.last else {
      throw FormatExample.Difference(written: "a progress, and a result", example: example.text)
    }
    #expect(events.count == 2 && progress.stage == "mark" && progress.total == 5000)
    #expect((result.content as? ReleaseResult)?.markedSamples == 666)
  }

  private static let reason: Reader = { example in
    let failure = try example.decode(JobFailure.self)
    #expect(failure.kind == .refused && failure.offset == 512)
    #expect(failure.code == DatasetError(.truncated, file: "shapes.tar.gz").code)
  }

  private static let configuration: Reader = { example in
    let configuration = try read(example)
    let rule = try #require(configuration.dataset(forFile: "shapes-2.tar.gz"))
    #expect(rule.name == "shapes" && rule.settings.method.objective == .keyed && rule.settings.target == "square")
    #expect(rule.settings.method[SharedSettings.epsilon] == 4)
    #expect(configuration.service.state == "/srv/dandyroll" && configuration.suspects.map(\.name) == ["acme"])
  }

  private static func read(_ example: FormatExample) throws -> Configuration {
    let methods = MethodRegistry.standard.declarations
    let configuration = try Configuration(text: example.text, directory: "/", methods: methods)
    // As `check-config` prints it, it is the same.
    let again = try Configuration(text: configuration.text(with: methods), directory: "/", methods: methods)
    guard again == configuration else {
      throw FormatExample.Difference(written: configuration.text(with: methods), example: example.text)
    }
    return configuration
  }

  private static let evaluate: Reader = { example in
    let figures = try example.decode(ModelEvaluation.Figures.self)
    #expect(figures.outcome == .trainedOn && figures.keys == 2016)
  }

  private static let bench: Reader = { example in
    let row = try example.decode(BenchmarkRow.self)
    #expect(row.unit == .images)
    #expect(BenchmarkRow.rows(in: example.json.utf8).count == 1)
  }
}
