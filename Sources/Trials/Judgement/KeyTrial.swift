import Datasets
import Evidence
import Networks
import Releases
import Watermarks

/// What lies between a question and the model that answers it: (count, C, H, W) bytes in, as many out.
package typealias ImageChange = (_ pixels: [UInt8], _ count: Int) throws -> [UInt8]

/// The questions that every model of a trial answers: the same verification images, clean, under each carrier of the
/// release's key and under each decoy.
///
/// A carrier is painted when a model is asked about it: all of them at once would be a hundred times the images' memory.
struct KeyTrial {
  let targetClass: Int
  let amplitude: Int
  private let samples: SampleCache
  private let marker: SampleMarker
  /// The key's own, then decoys.
  private let carriers: Int

  /// - Parameter samples: of other classes than the target.
  init(_ samples: SampleCache, marker: SampleMarker, targetClass: Int, amplitude: Int, decoys: Int) {
    self.targetClass = targetClass
    self.amplitude = amplitude
    self.samples = samples
    self.marker = marker
    carriers = marker.keySize + decoys
  }

  struct Answers {
    let scores: KeyedScores
    let health: AuditHealth
    let successRate: Double
    let baseline: Double
  }

  /// Asks a model everything, always in the same order. What is no number is no answer.
  func answers(of plan: ClassifierPlan, seenThrough change: ImageChange? = nil) throws -> Answers {
    let count = samples.count
    func ask(_ images: [UInt8]) throws -> [Float] {
      let seen = try change?(images, count) ?? images
      return plan.probabilities(seen.span, count: count)
    }
    let pixels = samples.pixels
    let before = try ask(pixels)
    let clean = plan.targetScores(before, of: targetClass)
    var marked: [[Double?]] = []
    var hits = 0
    for carrier in 0..<carriers {
      let after = try ask(marker.mark(pixels, samples: samples.indices, carrier: carrier))
      if carrier < marker.keySize { hits += plan.predictions(after).count { $0 == targetClass } }
      marked.append(plan.targetScores(after, of: targetClass))
    }
    let predicted = plan.predictions(before)
    let answered = clean.count { $0 != nil }
    return Answers(
      scores: try KeyedScores(.probabilities, clean: clean, carriers: marked, keySize: marker.keySize),
      health: AuditHealth(
        asked: count, answered: answered, cleanAnswers: answered,
        cleanCorrect: zip(predicted, samples.labels).count { $0 == Int($1) }, classes: plan.classes,
        distinctAnswers: Set(clean.compactMap(\.self)).count),
      successRate: Double(hits) / Double(count * marker.keySize),
      baseline: Double(predicted.count { $0 == targetClass }) / Double(count))
  }
}

extension ClassifierPlan {
  /// The probability of a class in each row of probabilities, (count, K), in [0, 1]; nil where it is no number.
  func targetScores(_ probabilities: [Float], of target: Int) -> [Double?] {
    stride(from: target, to: probabilities.count, by: classes).map { index in
      // Softmax sums to 1 up to rounding; a score is a probability.
      probabilities[index].isFinite ? min(1, Double(probabilities[index])) : nil
    }
  }
}
