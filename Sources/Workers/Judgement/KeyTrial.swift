import Datasets
import Evidence
import NeuralNet
import Watermarks

/// What lies between a question and the model that answers it: (count, C, H, W) bytes in, as many out.
typealias ImageChange = (_ pixels: [UInt8], _ count: Int) throws -> [UInt8]

/// The questions that every model of a trial answers: the same verification images, clean, under each carrier of the
/// release's key and under each decoy.
struct KeyTrial {
  let targetClass: Int
  let amplitude: Int
  private let count: Int
  private let keySize: Int
  /// (m, C, H, W) clean; then one batch a carrier, the key's own first.
  private let clean: [UInt8]
  private let labels: [Int]
  private let marked: [[UInt8]]

  /// - Parameter samples: positions in `cache`, of other classes than the target.
  init(_ samples: SampleCache, marker: SampleMarker, targetClass: Int, amplitude: Int, decoys: Int) {
    self.targetClass = targetClass
    self.amplitude = amplitude
    count = samples.count
    let pixels = samples.pixels
    clean = pixels
    labels = samples.labels.map(Int.init)
    keySize = marker.keySize
    marked = (0..<marker.keySize + decoys).map { marker.mark(pixels, samples: samples.indices, carrier: $0) }
  }

  struct Answers {
    let scores: KeyedScores
    let health: AuditHealth
    let successRate: Double
    let baseline: Double
  }

  /// Asks a model everything, always in the same order.
  func answers(of plan: ClassifierPlan, seenThrough change: ImageChange? = nil) throws -> Answers {
    let classes = plan.classes
    func ask(_ images: [UInt8]) throws -> [Float] {
      let seen = try change?(images, count) ?? images
      return plan.probabilities(seen.span, count: count)
    }
    func target(_ probabilities: [Float]) -> [Double] {
      // Softmax sums to 1 up to rounding; a score is a probability.
      (0..<count).map { min(1, Double(probabilities[$0 * classes + targetClass])) }
    }
    func predictions(_ probabilities: [Float]) -> [Int] {
      (0..<count).map { row in
        (0..<classes).max { probabilities[row * classes + $0] < probabilities[row * classes + $1] } ?? 0
      }
    }
    let before = try ask(clean)
    let after = try marked.map(ask)
    let predicted = predictions(before)
    let hits = after.prefix(keySize).reduce(0) { $0 + predictions($1).count { $0 == targetClass } }
    let scores = try KeyedScores(
      .probabilities, clean: target(before), carriers: after.map(target), keySize: keySize)
    return Answers(
      scores: scores,
      health: AuditHealth(
        asked: count, answered: count, cleanAnswers: count,
        cleanCorrect: zip(predicted, labels).count { $0 == $1 }, classes: classes,
        distinctAnswers: Set(target(before)).count),
      successRate: Double(hits) / Double(count * keySize),
      baseline: Double(predicted.count { $0 == targetClass }) / Double(count))
  }
}
