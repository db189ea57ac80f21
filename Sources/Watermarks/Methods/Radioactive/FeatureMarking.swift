import Foundations
import Networks
import NeuralNet

/// Changes pixels so that the features of a network move along given directions.
///
/// The network sees at every step what would be written: the change is kept as a real number, shown rounded, and follows the
/// gradient as if it had not been rounded. Pixels and steps are in units of a quarter of the pixels' range, about one
/// standard deviation of a photograph's, as the published settings are.
/// - Source: METHODS §3
final class FeatureMarking {
  /// How the pixels follow the gradient.
  struct Settings: Codable, Equatable {
    var steps: Int
    /// Of gradient descent.
    var rate: Double
    /// λ1, of the squared distance of the pixels.
    var pixelWeight: Double
    /// λ2, of the distance of the features.
    var featureWeight: Double
  }

  private let plan: TrainingPlan
  private let settings: Settings
  /// The most that a value may change, 1/255.
  private let epsilon: Int
  /// Images in a pass, and values of each.
  private let batch: Int
  private let size: Int
  /// d.
  let featureCount: Int

  /// One standard deviation of pixels, in their range.
  private static let unit: Float = 0.25
  private static let name = "images"

  /// - Parameters:
  ///   - network: a classifier.
  ///   - epsilon: in 1/255.
  ///   - batch: images in a pass; it decides no result.
  /// - Throws: `NeuralNetError.invalidDefinition` for a network without penultimate features.
  init(_ network: Model, _ settings: Settings, epsilon: Int, batch: Int, threads: Int) throws {
    self.settings = settings
    self.epsilon = epsilon
    self.batch = batch
    size = network.definition.input.bytes
    var graph = Graph(batch: batch)
    let images = graph.images(Self.name, shape: network.definition.input)
    let handle = try graph.use(network, named: "marker", frozen: true)
    guard let features = graph.apply(handle, to: images).features else {
      throw NeuralNetError.invalidDefinition(
        architecture: network.definition.architecture, reason: "it does not classify")
    }
    featureCount = features.channels
    let moved = graph.displacement(
      features, from: "origins", along: "directions", distanceWeight: Float(settings.featureWeight), name: "moved")
    plan = TrainingPlan(
      graph, minimising: [(moved, 1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: threads,
      inputGradients: [Self.name], observing: ["features": features])
  }

  /// - Parameters:
  ///   - pixels: (count, C, H, W).
  ///   - directions: (count, d).
  /// - Returns: pixels of as many images, each at most ε from its own and none of them equal to it.
  func mark(_ pixels: [UInt8], count: Int, directions: [Float]) -> [UInt8] {
    precondition(pixels.count == count * size && directions.count == count * featureCount, "a direction an image")
    var marked: [UInt8] = []
    marked.reserveCapacity(pixels.count)
    for start in stride(from: 0, to: count, by: batch) {
      let present = min(batch, count - start)
      // A pass is always full: the last image again and again.
      func filled<Element>(_ values: [Element], _ length: Int) -> [Element] {
        let rows = values[start * length..<(start + present) * length]
        return rows + (present..<batch).flatMap { _ in rows.suffix(length) }
      }
      marked += optimised(filled(pixels, size), filled(directions, featureCount)).prefix(present * size)
    }
    return marked
  }

  private func optimised(_ originals: [UInt8], _ directions: [Float]) -> [UInt8] {
    plan.setImages(Self.name, originals.span)
    plan.computeGradients()
    plan.setTargets("origins", plan.observation("features"))
    plan.setTargets("directions", directions)
    var changes = [Float](repeating: 0, count: originals.count)
    var shown = originals
    var slopes: [Float] = []
    let (rate, pull) = (Float(settings.rate), 2 * Float(settings.pixelWeight))
    let square = Self.unit * Self.unit
    let most = Float(epsilon) / 255
    for _ in 0..<settings.steps {
      plan.setImages(Self.name, shown.span)
      plan.computeGradients()
      slopes = plan.inputGradient(Self.name)
      for index in changes.indices {
        let value = Float(originals[index]) / 255
        let moved = changes[index] - rate * (square * slopes[index] + pull * changes[index])
        changes[index] = min(max(moved, max(-most, -value)), min(most, 1 - value))
        shown[index] = UInt8(clamping: Int(originals[index]) + Int((changes[index] * 255).rounded()))
      }
    }
    for first in stride(from: 0, to: shown.count, by: size) {
      Self.change(&shown, first..<first + size, from: originals, along: slopes)
    }
    return shown
  }

  /// A marked image differs from its original, or nobody could say which are marked: where all changes were rounded away the
  /// value of the steepest slope moves by one.
  private static func change(
    _ shown: inout [UInt8], _ image: Range<Int>, from originals: [UInt8], along slopes: [Float]
  ) {
    guard shown[image] == originals[image] else { return }
    guard let place = image.max(by: { abs(slopes[$0]) < abs(slopes[$1]) }) else { return }
    let rises = originals[place] == 0 || (slopes[place] < 0 && originals[place] < 255)
    shown[place] = rises ? originals[place] + 1 : originals[place] - 1
  }
}
