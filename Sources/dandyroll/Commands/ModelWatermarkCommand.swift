import ArgumentParser
import Evidence
import Fidelity
import Foundation
import Foundations
import Jobs
import ServiceConfiguration
import Suspects
import Watermarks
import Work

extension ModelCommand {
  struct Watermark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Marks a classifier itself: a copy of it that answers secret triggers with secret labels.",
      discussion: """
        Method deep-fidelity: triggers are embedded while the model is held to what its host says of data, by features \
        (pfl), by probabilities (spl) or by weights (twl); ce does not hold it. The secret goes to the vault before \
        anything is trained, and the commitment that is printed can be published to show that.

        Example: dandyroll model watermark host.safetensors cifar-10-binary.tar.gz \\
          --loss pfl+spl --fix-last-layer --out marked.safetensors --vault vault
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped: give the same command again.
        """)

    @Argument(help: "The classifier's file.")
    var host: String

    @Argument(help: "The dataset that it was trained on: an archive, a directory, or a list of shards.")
    var archive: String

    @Option(help: "How many triggers; each takes a question of a verification.")
    var triggers = TriggerSet.usualCount

    @Option(help: "What is minimised: \(EmbeddingLoss.allCases.map(\.rawValue).joined(separator: ", ")).")
    var loss = EmbeddingLoss.both

    @Flag(help: "Keep the last layer as it is in the host.")
    var fixLastLayer = false

    @Flag(help: "Start from fresh weights, or from the host's.")
    var start = EmbeddingStart.fineTune

    @Option(help: "Passes over the training split; the rate is a tenth in the second half.")
    var epochs = 50

    @Option(help: "Images of data a step.")
    var batch = 32

    @Option(help: "Triggers a step, beside them.")
    var triggersPerBatch = 4

    @Option(help: "Adam's learning rate.")
    var rate = 1e-4

    @Option(help: "The watermark's name in the vault (default: the model file's).")
    var name: String?

    @Option(name: .customLong("out"), help: "The marked model's file.")
    var output: String

    @Option(help: "The vault that the secret is kept in.")
    var vault: String

    @Option(help: "Seed of order and fresh weights and, with the vault's secret, of the watermark.")
    var seed: UInt64 = 0

    @Flag(help: "Print the report as JSON.")
    var json = false

    @OptionGroup var compute: ArchiveOptions

    func validate() throws {
      guard epochs >= 1, batch >= 1, triggersPerBatch >= 1 else {
        throw ValidationError("--epochs, --batch and --triggers-per-batch are at least 1")
      }
      guard rate > 0, rate <= 1 else { throw ValidationError("--rate is in (0, 1]") }
      guard ModelWatermark.triggerCounts.contains(triggers) else {
        throw ValidationError("--triggers is within 1 … \(ModelWatermark.triggerCounts.upperBound)")
      }
      guard DatasetName.isSafe(watermarkName) else {
        throw ValidationError("--name is lower-case letters, digits, '.', '_' and '-', at most 64")
      }
    }

    private var watermarkName: String {
      name ?? URL(fileURLWithPath: output).deletingPathExtension().lastPathComponent.lowercased()
    }

    func run() async throws {
      var settings = EmbeddingSettings(
        loss: loss, fixesLastLayer: fixLastLayer, isFromScratch: start == .fromScratch)
      settings.epochs = epochs
      settings.batch = batch
      settings.triggersPerBatch = triggersPerBatch
      settings.rate = rate
      let work = ModelWatermarking(
        host: host, archive: archive, settings: settings, triggers: triggers, name: watermarkName, output: output,
        vault: vault, seed: seed, limits: InputLimits())
      let report = try await compute.run { try work.run($0) }
      if json { return print(try CanonicalJSON.line(report)) }
      printLine("model       \(output)")
      printLine("watermark   \(report.watermark) in \(vault), \(report.triggers) triggers")
      printLine("commitment  \(report.commitment)")
      let rows = [("host", report.hostFigures), ("before", report.before), ("after", report.after)]
      FidelityText.lines(rows).forEach { printLine($0) }
    }
  }

  struct VerifyWatermark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify-watermark",
      abstract: "Judges a model by the triggers of a model watermark.",
      discussion: """
        Asks about each trigger once. Labels were drawn by lot, so an innocent model says each with chance 1/K whatever it \
        makes of such images, and the p-value is exact for one verification of one model.

        A served model is a [[suspect]] of a configuration file as the daemon's, which may hold nothing else.

        Example: dandyroll model verify-watermark suspect.safetensors \\
          --vault vault --watermark marked
        Exit codes: 0 done, 1 failed, 2 wrong usage, 3 refused input, 75 stopped, or kept by something that may pass: give \
        the same command again.
        """)

    @Argument(help: "The suspect's file; none with --suspect.")
    var model: String?

    @Option(name: .customLong("suspect"), help: "A configuration file with a suspect that is served.")
    var configuration: String?

    @Option(name: .customLong("suspect-name"), help: "The suspect's name in that file (default: the only one).")
    var suspect: String?

    @Option(help: "The vault that the watermark's secret is in.")
    var vault: String

    @Option(help: "The watermark's name in the vault (default: the only one).")
    var watermark: String?

    @Option(help: "α: the chance that an innocent model is accused.")
    var alpha = 0.01

    @Flag(help: "Print the report as JSON.")
    var json = false

    @OptionGroup var compute: ComputeOptions

    func validate() throws {
      guard (model == nil) != (configuration == nil) else { throw ValidationError("either MODEL or --suspect") }
      if suspect != nil, configuration == nil { throw ValidationError("--suspect-name needs --suspect") }
      guard alpha > 0, alpha <= 0.5 else { throw ValidationError("--alpha is in (0, 0.5]") }
    }

    func run() async throws {
      let work = try WatermarkVerification(watermark, in: vault, alpha: alpha)
      let report: WatermarkVerification.Report
      if let model {
        report = try await compute.run { try work.run(asking: model, $0) }
      } else {
        let settings = try settings()
        let directory = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"]
        var policy = AskingPolicy()
        policy.requestsPerSecond = settings.plan.questions.rate
        policy.inFlight = settings.plan.questions.inFlight
        let signal = StopSignal.shared
        signal.workBegins()
        defer { signal.workEnds() }
        report = try await work.run(
          asking: settings.endpoint, credential: settings.credentialPath(in: directory), policy: policy,
          stopRequested: { signal.isRequested })
      }
      if json { return print(try CanonicalJSON.line(report)) }
      let right = "\(report.matches) of \(report.answered) triggers answered with their labels"
      printLine("suspect    \(report.suspect)")
      printLine("triggers   \(right); by chance \(String(format: "%.1f", Double(report.answered) * report.chance))")
      printLine(
        "p          \(String(format: "%.3g", report.p)) (exact: labels drawn among \(Int((1 / report.chance).rounded())))"
      )
      printLine("verdict    \(report.verdict.outcome.rawValue)")
      for reason in report.verdict.reasons { printLine("           \(reason.sentence)") }
    }

    private func settings() throws -> SuspectSettings {
      let file = configuration ?? ""
      let found: Configuration
      do { found = try Configuration.read(from: file, methods: MethodRegistry.standard.declarations) } catch {
        throw error.reported
      }
      let names = found.suspects.map(\.name)
      let chosen = suspect.map { name in found.suspect(named: name) } ?? (names.count == 1 ? found.suspects.first : nil)
      guard let chosen else { throw WorkError.noSuspect(file: file, name: suspect, known: names) }
      return chosen
    }
  }
}

/// Where a marked model's weights start.
enum EmbeddingStart: EnumerableFlag {
  case fromScratch, fineTune
}

extension EmbeddingLoss: ExpressibleByArgument {}
