package import Datasets
import Foundation
package import Networks
package import Watermarks

/// How far a model is from its host, on data that neither has learned from.
package struct FidelityFigures: Codable, Sendable, Equatable {
  /// Top 1, in [0, 1].
  package var accuracy: Double
  /// Share of a watermark's triggers that are answered with their labels; nil without a watermark.
  package var triggerAccuracy: Double?
  /// The total weight loss: Σ‖θ − θ₀‖² over all that is learned.
  package var twl: Double
  /// The penultimate feature loss: mean over images of ‖z(x) − z₀(x)‖².
  package var pfl: Double
  /// The softmax probability-distribution loss: mean over images of KL(p₀(x) ‖ p(x)), nats.
  package var spl: Double
  /// Share of the images that both say the same class of.
  package var agreement: Double

  private enum CodingKeys: String, CodingKey {
    case accuracy, twl, pfl, spl, agreement
    case triggerAccuracy = "trigger_accuracy"
  }
}

/// The trial that all models of one host stand: the host's answers to some images are asked once.
///
/// Features of networks that were trained by themselves are turned against each other; figures mean something between
/// models that began with the same weights, or one of which is the other's host.
/// - Source: METHODS §4
package struct FidelityTrial: Sendable {
  private let host: Model
  private let samples: SampleCache
  private let triggers: TriggerSet?
  private let threads: Int
  private let logits: [Float]
  private let features: [Float]

  /// - Parameters:
  ///   - triggers: whose answers are looked at besides.
  ///   - onProgress: hears of the images that the host is asked about.
  /// - Throws: `WatermarkError.noSamples` without images, `noHead` for a network without penultimate features; what
  ///   `onProgress` throws.
  package init(
    host: Model, samples: SampleCache, triggers: TriggerSet? = nil, threads: Int, onProgress: ImageReport
  ) throws {
    guard samples.count > 0 else { throw WatermarkError.noSamples(group: "the held-out split") }
    guard host.definition.headWeight != nil else {
      throw WatermarkError.noHead(architecture: host.definition.architecture)
    }
    self.host = host
    self.samples = samples
    self.triggers = triggers
    self.threads = threads
    let plan = try ClassifierPlan(host, batch: 64, threads: threads)
    var (logits, features): ([Float], [Float]) = ([], [])
    try samples.inPieces(onProgress: onProgress) { images, range in
      let answers = plan.answers(images.span, count: range.count)
      logits += answers.logits
      features += answers.features
    }
    (self.logits, self.features) = (logits, features)
  }

  /// Images that are asked about.
  package var images: Int { samples.count }

  /// The host against itself: its accuracies, and no distance.
  package func hostFigures() throws -> FidelityFigures { try figures(of: host) { _, _ in } }

  /// - Precondition: the model has the host's definition.
  package func figures(of model: Model, onProgress: ImageReport) throws -> FidelityFigures {
    precondition(model.definition == host.definition, "a model is compared with a host of its definition")
    let plan = try ClassifierPlan(model, batch: 64, threads: threads)
    let (classes, width) = (plan.classes, plan.featureCount)
    var (correct, agreeing) = (0, 0)
    var (featureLoss, probabilityLoss) = (0.0, 0.0)
    try samples.inPieces(onProgress: onProgress) { images, range in
      let answers = plan.answers(images.span, count: range.count)
      let hostLogits = Array(logits[range.lowerBound * classes..<range.upperBound * classes])
      let (own, others) = (plan.predictions(answers.logits), plan.predictions(hostLogits))
      correct += zip(own, range).count { $0 == Int(samples.labels[$1]) }
      agreeing += zip(own, others).count { $0 == $1 }
      probabilityLoss += LogProbabilities(hostLogits, classes: classes)
        .divergence(from: LogProbabilities(answers.logits, classes: classes))
      for (left, right) in zip(answers.features, features[range.lowerBound * width..<range.upperBound * width]) {
        let difference = Double(left) - Double(right)
        featureLoss += difference * difference
      }
    }
    let count = Double(samples.count)
    return FidelityFigures(
      accuracy: Double(correct) / count, triggerAccuracy: triggers.map { Self.accuracy(of: plan, on: $0) },
      twl: model.squaredWeightDistance(from: host), pfl: featureLoss / count, spl: probabilityLoss / count,
      agreement: Double(agreeing) / count)
  }

  private static func accuracy(of plan: ClassifierPlan, on triggers: TriggerSet) -> Double {
    let said = plan.predictions(plan.logits(triggers.pixels.span, count: triggers.count))
    return Double(zip(said, triggers.labels).count { $0 == $1 }) / Double(max(1, triggers.count))
  }
}

/// Logarithms of the softmax of logits, (N, K), in double precision.
struct LogProbabilities {
  let values: [Double]

  init(_ logits: [Float], classes: Int) {
    var values: [Double] = []
    values.reserveCapacity(logits.count)
    for first in stride(from: 0, to: logits.count, by: classes) {
      let row = logits[first..<first + classes].map(Double.init)
      let greatest = row.max() ?? 0
      let partition = greatest + log(row.reduce(0) { $0 + exp($1 - greatest) })
      for value in row { values.append(value - partition) }
    }
    self.values = values
  }

  /// Σ over all rows of KL(own ‖ other).
  func divergence(from other: LogProbabilities) -> Double {
    zip(values, other.values).reduce(0) { $0 + exp($1.0) * ($1.0 - $1.1) }
  }
}
