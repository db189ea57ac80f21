import Datasets
import Evidence
import Networks
import Watermarks

/// What lies between a question and the model that answers it: (count, C, H, W) bytes in, as many out.
package typealias ImageChange = (_ pixels: [UInt8], _ count: Int) throws -> [UInt8]

/// The trial of a release's claim through a model's answers: the same verification images, clean, under each carrier of the
/// release's key and under each decoy. The claim turns answers into scores; what is exact about their rank says
/// `KeyedScores`.
///
/// A carrier is painted when a model is asked about it: all of them at once would be a hundred times the images' memory.
struct KeyTrial {
  let amplitude: Int
  let claim: Claim
  private let samples: SampleCache
  let marker: any SampleMarker
  let keySize: Int
  /// The key's own, then decoys.
  private let carriers: Int

  /// - Parameters:
  ///   - samples: of classes that the claim concerns.
  ///   - key: what the release's was drawn from; nil for marks without one.
  ///   - decoys: beside the key's own, at most as many as there are.
  init(
    _ samples: SampleCache, of claim: Claim, key: KeySpace?, marker: any SampleMarker, amplitude: Int, decoys: Int
  ) {
    self.amplitude = amplitude
    self.samples = samples
    self.marker = marker
    self.claim = claim
    keySize = key?.size ?? 1
    carriers = keySize + min(decoys, key?.mostDecoys ?? 0)
  }

  struct Answers {
    let scores: KeyedScores
    let health: AuditHealth
    let successRate: Double
    let baseline: Double
  }

  /// Asks a model everything, always in the same order: probabilities (m, K) of the clean images, and of those under each
  /// carrier.
  func ask(_ plan: ClassifierPlan, seenThrough change: ImageChange? = nil, _ hear: ([Float]) throws -> Void) throws {
    for form in 0...carriers {
      let pixels = samples.pixels
      let images = form == 0 ? pixels : marker.mark(pixels, samples: samples.indices, carrier: form - 1)
      let seen = try change?(images, samples.count) ?? images
      try hear(plan.probabilities(seen.span, count: samples.count))
    }
  }

  /// What a model's answers come to. What is no number is no answer.
  func answers(of plan: ClassifierPlan, seenThrough change: ImageChange? = nil) throws -> Answers {
    let count = samples.count
    /// Of the images that one of the key's carriers concerns: 1 for each that bears the claim out.
    func hits(_ predicted: [Int], _ carrier: Int) -> [Int] {
      let column = claim.column(ofCarrier: carrier)
      return zip(predicted, samples.labels).filter { claim.concerns(label: Int($1), in: column) }
        .map { claim.isHit($0, label: Int($1), in: column) ? 1 : 0 }
    }
    func rate(_ hits: [Int]) -> Double { Double(hits.reduce(0, +)) / Double(max(1, hits.count)) }
    var scores: [[[Double?]]] = []
    var predicted: [Int] = []
    var (found, baseline): ([Int], [Int]) = ([], [])
    var (answered, distinct) = (0, 0)
    try ask(plan, seenThrough: change) { probabilities in
      let taken = plan.predictions(probabilities)
      let carrier = scores.count - 1
      if carrier < 0 {
        predicted = taken
        let classes = plan.classes
        let rows = (0..<count).map { Array(probabilities[$0 * classes..<($0 + 1) * classes]) }.filter {
          !$0.contains(where: \.isNaN)
        }
        answered = rows.count
        distinct = Set(rows).count
      }
      if (0..<keySize).contains(carrier) {
        found += hits(taken, carrier)
        baseline += hits(predicted, carrier)
      }
      scores.append(plan.scores(probabilities, of: claim, labels: samples.labels))
    }
    let clean = scores[0]
    return Answers(
      scores: try KeyedScores(.probabilities, clean: clean, carriers: Array(scores.dropFirst()), keySize: keySize),
      health: AuditHealth(
        asked: count, answered: answered, cleanAnswers: answered,
        cleanCorrect: zip(predicted, samples.labels).count { $0 == Int($1) }, classes: plan.classes,
        distinctAnswers: distinct),
      successRate: rate(found), baseline: rate(baseline))
  }
}

extension ClassifierPlan {
  /// A claim's scores of each row of probabilities, (count, K): (columns, count), in [0, 1]; nil where there is no number.
  func scores(_ probabilities: [Float], of claim: Claim, labels: [UInt16]) -> [[Double?]] {
    (0..<claim.columns).map { column in
      labels.enumerated().map { row, label in
        claim.score(probabilities[row * classes..<(row + 1) * classes], label: Int(label), in: column)
      }
    }
  }
}
