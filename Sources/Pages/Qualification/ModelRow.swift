/// One simulated model of a qualification, with its answers.
package struct ModelRow: Sendable {
  package enum Scenario: Int, Sendable, CaseIterable {
    case malicious, fineTuned, independentModel, independentWatermark

    var name: String {
      switch self {
      case .malicious: "Malicious: trained on the release"
      case .fineTuned: "Malicious: fine-tuned on the release"
      case .independentModel: "Ind-M: innocent, trained on clean data"
      case .independentWatermark: "Ind-W: trained under another owner’s mark"
      }
    }

    /// Whether a verdict of `trained-on` is what should come out.
    var isGuilty: Bool { self == .malicious || self == .fineTuned }
  }

  package enum Outcome: Sendable {
    case trainedOn, notShown, inconclusive
  }

  package var scenario: Scenario
  /// "resnet18:8".
  package var name: String
  package var kind: String
  package var seed: String
  package var amplitude: Int
  /// In [0, 1]; the drop is against clean training.
  package var accuracy: Double
  package var accuracyDrop: Double?
  package var successRate: Double
  package var baseline: Double
  package var deltaP: Double?
  package var t: Double?
  package var pT: Double?
  package var pWilcoxon: Double?
  /// Of discordant pairs: the sign test with τ.
  package var pDiscordant: Double?
  package var pDecoy: Double?
  package var pPanel: Double?
  package var pTwins: Double?
  package var outcome: Outcome
  package var reasons: [String]
  /// P_b, P_w, and ΔP under the key's own carriers and under decoys, sorted.
  package var clean: [Double]
  package var marked: [Double]
  package var carriers: [Double]
  package var decoys: [Double]
  /// Of an assignment what each class gains under each carrier, in place of the decoys.
  package var gains: [[Double?]]?

  package init(
    scenario: Scenario, name: String, kind: String, seed: String, amplitude: Int, accuracy: Double,
    accuracyDrop: Double?, successRate: Double, baseline: Double, deltaP: Double?, t: Double?, pT: Double?,
    pWilcoxon: Double?, pDiscordant: Double?, pDecoy: Double?, pPanel: Double?, pTwins: Double?, outcome: Outcome,
    reasons: [String], clean: [Double], marked: [Double], carriers: [Double], decoys: [Double],
    gains: [[Double?]]? = nil
  ) {
    self.scenario = scenario
    self.name = name
    self.kind = kind
    self.seed = seed
    self.amplitude = amplitude
    self.accuracy = accuracy
    self.accuracyDrop = accuracyDrop
    self.successRate = successRate
    self.baseline = baseline
    self.deltaP = deltaP
    self.t = t
    self.pT = pT
    self.pWilcoxon = pWilcoxon
    self.pDiscordant = pDiscordant
    self.pDecoy = pDecoy
    self.pPanel = pPanel
    self.pTwins = pTwins
    self.outcome = outcome
    self.reasons = reasons
    self.clean = clean
    self.marked = marked
    self.carriers = carriers
    self.decoys = decoys
    self.gains = gains
  }

  var mark: Mark {
    switch (outcome, scenario.isGuilty) {
    case (.trainedOn, true): Mark(.good, "convicted")
    case (.trainedOn, false): Mark(.bad, "accused")
    case (.notShown, true): Mark(.bad, "missed")
    case (.notShown, false): Mark(.good, "left alone")
    case (.inconclusive, _): Mark(.unclear, "inconclusive")
    }
  }

  /// Histograms of the answers, and of the decoys where there are any; of an assignment its matrix.
  func figure(subject: String, classes: [String]) -> Markup {
    let title = "\(name), \(kind), seed \(seed)"
    let answers = DistributionChart(clean: clean, marked: marked, title: title, subject: subject)
    let key: Markup? =
      gains.map { AssignmentChart($0, classes: classes, title: title).markup }
      ?? (decoys.isEmpty ? nil : DecoyChart(decoys: decoys, own: carriers, title: title).markup)
    let rank = pDecoy.map { ", p (decoys) \(Figures.probability($0))" } ?? ""
    return """
      <figure><figcaption><strong>\(name)</strong>, \(kind), seed \(seed)<br />\(mark.markup) \
      <span class="soft">ΔP \(Figures.decimal(deltaP, 3))\(rank)</span></figcaption>
      \(answers.markup)\(key)</figure>
      """
  }
}
