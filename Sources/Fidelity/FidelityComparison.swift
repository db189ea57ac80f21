import Datasets
package import Foundations
import Networks
import Training
import Watermarks
package import Work

/// `dandyroll fidelity`: how far one model is from another of the same architecture.
/// - Source: METHODS §4
package struct FidelityComparison: Sendable {
  private let host: String
  private let model: String
  private let archive: String
  private let limits: InputLimits

  /// - Parameters:
  ///   - host: the file of the model that the other is compared with.
  ///   - archive: whose held-out split both are asked about.
  package init(host: String, model: String, archive: String, limits: InputLimits) {
    self.host = host
    self.model = model
    self.archive = archive
    self.limits = limits
  }

  /// The `--json` output (docs/formats).
  package struct Figures: Codable, Sendable, Equatable {
    /// Held-out images; training images where the archive holds none out.
    package let images: Int
    package let host: FidelityFigures
    package let model: FidelityFigures
  }

  /// - Throws: `WorkError.otherNetwork` for two architectures, `otherShape` for an archive of other images or classes;
  ///   `NeuralNetError` for a file that is no network or holds what is no number.
  package func run(_ context: WorkContext) throws -> Figures {
    let reporter = Reporter(context)
    let (original, other) = (try Model(contentsOf: host), try Model(contentsOf: model))
    guard original.definition == other.definition else {
      throw WorkError.otherNetwork(
        file: model, found: other.definition.text, host: host, expected: original.definition.text)
    }
    let survey = try original.definition.answering(
      for: context.survey(archive, limits: limits, onProgress: reporter.bytes("survey")), file: host)
    _ = try other.definition.answering(for: survey, file: model)
    let samples = try TrainingSamples(
      survey, limits: limits, sampleShare: 1, seed: 0, onProgress: reporter.bytes("read")
    ).heldOrAll()
    let trial = try FidelityTrial(
      host: original, samples: samples, threads: context.threads, onProgress: reporter.images("ask the host"))
    return Figures(
      images: trial.images, host: try trial.hostFigures(),
      model: try trial.figures(of: other, onProgress: reporter.images("evaluate")))
  }
}

extension NetworkDefinition {
  /// For a line of an error: "resnet18:8 of 3×32×32 images and 10 classes".
  var text: String {
    let form = form == .cifar ? "" : " (\(form.rawValue))"
    return "\(architecture):\(width)\(form) of \(input.channels)×\(input.height)×\(input.width) images and "
      + "\(classes) classes"
  }
}
