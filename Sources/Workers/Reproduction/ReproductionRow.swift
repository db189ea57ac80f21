package import Evidence
package import Jobs
import Watermarks

/// One model of a reproduced table: a row of `reproduce --json` (FORMATS.md, "Reproductions").
package struct ReproductionRow: Codable, Sendable, Equatable {
  /// What is swept, and how far.
  package struct Parameter: Codable, Sendable, Equatable {
    /// "rate" (share of the class), "epsilon" (1/255), "epochs" (of fine-tuning), "pruned" (share of the features),
    /// "surrogate" (ARCHITECTURE:WIDTH).
    package var name: String
    package var number: Double?
    package var text: String?
  }

  package var method: PaperMethod
  package var scenario: QualificationRow.Scenario
  package var model: Learner
  package var seed: UInt64
  package var parameter: Parameter?
  /// All in [0, 1]; nil where no mark is asked about.
  package var ba: Double
  package var wsr: Double?
  package var baseline: Double?
  package var figures: Figures?
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

  /// The tests, named as in `qualify --json`.
  package struct Figures: Codable, Sendable, Equatable {
    package var amplitude: Int
    package var pairs: Int
    package var deltaP: Double?
    package var t: Double?
    package var pT: Double?
    package var pDecoy: Double?
    package var decoys: Int
    package var decoyLargest: Double?
    package var outcome: Verdict.Outcome

    private enum CodingKeys: String, CodingKey {
      case amplitude, pairs, t, decoys, outcome
      case deltaP = "delta_p"
      case pT = "p_t"
      case pDecoy = "p_decoy"
      case decoyLargest = "decoy_largest"
    }
  }

  /// A model that was asked about a release's marks.
  init(
    _ finding: ModelFinding, method: PaperMethod, scenario: QualificationRow.Scenario, model: Learner, seed: UInt64,
    parameter: Parameter? = nil, quality: Quality? = nil, paper: PaperFigures? = nil
  ) {
    self.init(
      method: method, scenario: scenario, model: model, seed: seed, parameter: parameter, ba: finding.ba,
      wsr: finding.wsr, baseline: finding.baseline,
      figures: Figures(
        amplitude: finding.figures.amplitude, pairs: finding.figures.pairs, deltaP: finding.figures.deltaP,
        t: finding.figures.t, pT: finding.figures.pT, pDecoy: finding.figures.pDecoy, decoys: finding.figures.decoys,
        decoyLargest: finding.figures.decoyLargest, outcome: finding.verdict.outcome),
      quality: quality, paper: paper)
  }

  /// A model whose accuracy alone is looked at.
  init(
    accuracy: Double, method: PaperMethod, scenario: QualificationRow.Scenario, model: Learner, seed: UInt64,
    paper: PaperFigures? = nil
  ) {
    self.init(
      method: method, scenario: scenario, model: model, seed: seed, parameter: nil, ba: accuracy, wsr: nil,
      baseline: nil, figures: nil, quality: nil, paper: paper)
  }

  private init(
    method: PaperMethod, scenario: QualificationRow.Scenario, model: Learner, seed: UInt64, parameter: Parameter?,
    ba: Double, wsr: Double?, baseline: Double?, figures: Figures?, quality: Quality?, paper: PaperFigures?
  ) {
    self.method = method
    self.scenario = scenario
    self.model = model
    self.seed = seed
    self.parameter = parameter
    self.ba = ba
    self.wsr = wsr
    self.baseline = baseline
    self.figures = figures
    self.quality = quality
    self.paper = paper
  }

  // MARK: - JSON: tests and quality beside the row's own fields

  private enum CodingKeys: String, CodingKey {
    case method, scenario, model, parameter, ba, wsr, baseline, psnr, paper
  }

  private struct Trained: Codable {
    var architecture: String
    var width: Int
    var seed: UInt64
    var kind = "scratch"
  }

  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let trained = try container.decode(Trained.self, forKey: .model)
    let wsr = try container.decodeIfPresent(Double.self, forKey: .wsr)
    self.init(
      method: try container.decode(PaperMethod.self, forKey: .method),
      scenario: try container.decode(QualificationRow.Scenario.self, forKey: .scenario),
      model: Learner(architecture: trained.architecture, width: trained.width), seed: trained.seed,
      parameter: try container.decodeIfPresent(Parameter.self, forKey: .parameter),
      ba: try container.decode(Double.self, forKey: .ba), wsr: wsr,
      baseline: try container.decodeIfPresent(Double.self, forKey: .baseline),
      figures: wsr == nil ? nil : try Figures(from: decoder),
      quality: container.contains(.psnr) ? try Quality(from: decoder) : nil,
      paper: try container.decodeIfPresent(PaperFigures.self, forKey: .paper))
  }

  package func encode(to encoder: any Encoder) throws {
    try figures?.encode(to: encoder)
    try quality?.encode(to: encoder)
    var container = encoder.container(keyedBy: CodingKeys.self)
    try container.encode(method, forKey: .method)
    try container.encode(scenario, forKey: .scenario)
    try container.encode(
      Trained(architecture: model.architecture, width: model.width, seed: seed), forKey: .model)
    try container.encodeIfPresent(parameter, forKey: .parameter)
    try container.encode(ba, forKey: .ba)
    try container.encodeIfPresent(wsr, forKey: .wsr)
    try container.encodeIfPresent(baseline, forKey: .baseline)
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
