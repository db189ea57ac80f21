import Evidence
import Jobs
import Releases
package import Trials
import Watermarks

/// One model of a reproduced table: a row of `reproduce --json` (docs/formats, "Reproductions").
package struct ReproductionRow: Codable, Sendable, Equatable {
  package var method: PaperMethod
  package var scenario: QualificationRow.Scenario
  /// Its kind is that of an attack's row; "scratch" for a model that was trained on its data and left as it was.
  package var model: QualificationRow.Trained
  /// What is swept, and how far: "rate" (share of the class), "epsilon" (1/255), "epochs" (of fine-tuning), "pruned"
  /// (share of the features), "surrogate" (ARCHITECTURE:WIDTH).
  package var parameter: SweptParameter?
  /// In [0, 1].
  package var ba: Double
  /// Against the table's model of clean data, or the model before an attack; nil where the table has neither.
  package var baDrop: Double?
  /// Nil where no mark is asked about.
  package var finding: ModelFinding?
  /// How often the mark succeeds on held-out images of all classes; of `table1` alone.
  package var success: SuccessRates?
  /// Of the release that the model was trained on; nil for clean data.
  package var quality: Quality?
  /// The paper's numbers for this row; nil where it prints none.
  package var paper: PaperFigures?

  /// How far the release's marked samples are from their originals, means over them.
  package struct Quality: Codable, Sendable, Equatable {
    /// dB.
    package var psnr: Double
    package var ssim: Double?
    /// Where its weights were named; only this can be set beside the paper's.
    package var lpips: Double?
    /// Else, where a surrogate was trained: on its features.
    package var featureDistance: Double?

    private enum CodingKeys: String, CodingKey {
      case psnr, ssim, lpips
      case featureDistance = "feature_distance"
    }
  }

  /// A model that was asked about a release's marks.
  init(
    _ finding: ModelFinding, method: PaperMethod, scenario: QualificationRow.Scenario, model: Learner, seed: UInt64,
    kind: String = "scratch", parameter: SweptParameter? = nil, quality: Quality? = nil, paper: PaperFigures? = nil
  ) {
    self.init(
      method: method, scenario: scenario,
      model: .init(architecture: model.architecture, width: model.width, seed: seed, kind: kind), parameter: parameter,
      ba: finding.ba, finding: finding, quality: quality, paper: paper)
  }

  /// A model whose accuracy alone is looked at.
  init(
    accuracy: Double, method: PaperMethod, scenario: QualificationRow.Scenario, model: Learner, seed: UInt64,
    paper: PaperFigures? = nil
  ) {
    self.init(
      method: method, scenario: scenario,
      model: .init(architecture: model.architecture, width: model.width, seed: seed, kind: "scratch"), parameter: nil,
      ba: accuracy, finding: nil, quality: nil, paper: paper)
  }

  private init(
    method: PaperMethod, scenario: QualificationRow.Scenario, model: QualificationRow.Trained,
    parameter: SweptParameter?, ba: Double, finding: ModelFinding?, quality: Quality?, paper: PaperFigures?
  ) {
    self.method = method
    self.scenario = scenario
    self.model = model
    self.parameter = parameter
    self.ba = ba
    self.finding = finding
    self.quality = quality
    self.paper = paper
  }

  // MARK: - JSON: finding and quality beside the row's own fields

  private enum CodingKeys: String, CodingKey {
    case method, scenario, model, parameter, ba, wsr, psnr, paper, success
    case baDrop = "ba_drop"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      method: try container.decode(PaperMethod.self, forKey: .method),
      scenario: try container.decode(QualificationRow.Scenario.self, forKey: .scenario),
      model: try container.decode(QualificationRow.Trained.self, forKey: .model),
      parameter: try container.decodeIfPresent(SweptParameter.self, forKey: .parameter),
      ba: try container.decode(Double.self, forKey: .ba),
      finding: container.contains(.wsr) ? try ModelFinding(from: decoder) : nil,
      quality: container.contains(.psnr) ? try Quality(from: decoder) : nil,
      paper: try container.decodeIfPresent(PaperFigures.self, forKey: .paper))
    success = try container.decodeIfPresent(SuccessRates.self, forKey: .success)
    baDrop = try container.decodeIfPresent(Double.self, forKey: .baDrop)
  }

  package func encode(to encoder: any Encoder) throws {
    try finding?.encode(to: encoder)
    try quality?.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(method, forKey: .method)
    try container.encode(scenario, forKey: .scenario)
    try container.encode(model, forKey: .model)
    try container.encodeIfPresent(parameter, forKey: .parameter)
    try container.encode(ba, forKey: .ba)
    try container.encodeIfPresent(baDrop, forKey: .baDrop)
    try container.encodeIfPresent(success, forKey: .success)
    try container.encodeIfPresent(paper, forKey: .paper)
  }
}

extension ReproductionRow.Quality {
  init(_ quality: Vault.Quality) {
    let perceptual = quality.perceptual
    self.init(
      psnr: quality.psnr, ssim: quality.ssim, lpips: perceptual.flatMap { $0.isLPIPS ? $0.mean : nil },
      featureDistance: perceptual.flatMap { $0.isLPIPS ? nil : $0.mean })
  }
}
