import Evidence
import Foundations
import Networks
import NeuralNet

/// Finds for each image a change δ for which x + δ and x − δ are far apart in the features of a network. Both are equally
/// far from x, value by value.
/// - Source: METHODS §3 and §9, "Data-use auditing"
final class FeatureTwins {
  private let plan: TrainingPlan
  private let steps: Int
  private let epsilon: Int
  private let batch: Int
  private let size: Int

  private static let names = ["plus", "minus"]

  /// - Parameters:
  ///   - network: a classifier.
  ///   - epsilon: in 1/255.
  ///   - batch: images in a pass; it decides no result.
  /// - Throws: `NeuralNetError.invalidDefinition` for a network without penultimate features.
  init(_ network: Model, steps: Int, epsilon: Int, batch: Int, threads: Int) throws {
    (self.steps, self.epsilon, self.batch) = (steps, epsilon, batch)
    size = network.definition.input.bytes
    var graph = Graph(batch: batch)
    let handle = try graph.use(network, named: "marker", frozen: true)
    var features: [Value] = []
    for name in Self.names {
      let images = graph.images(name, shape: network.definition.input)
      guard let seen = graph.apply(handle, to: images).features else {
        throw NeuralNetError.invalidDefinition(
          architecture: network.definition.architecture, reason: "it does not classify")
      }
      features.append(seen)
    }
    let distance = graph.squaredError(features[0], features[1], name: "distance")
    plan = TrainingPlan(
      graph, minimising: [(distance, -1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: threads,
      inputGradients: Set(Self.names))
  }

  /// δ of each image, in 1/255, at most ε and at most what x leaves to both sides.
  ///
  /// Steps follow the sign of the slope and become smaller, from ε/4 to 1/255 or less; they begin at ±ε/2 by lot, since at
  /// δ = 0 there is no slope.
  /// - Parameters:
  ///   - pixels: (count, C, H, W).
  ///   - starts: states of a random stream, one an image.
  func changes(of pixels: [UInt8], starts: [String]) throws -> [Int] {
    precondition(pixels.count == starts.count * size, "a start an image")
    var found: [Int] = []
    found.reserveCapacity(pixels.count)
    for first in stride(from: 0, to: starts.count, by: batch) {
      let present = min(batch, starts.count - first)
      let rows = pixels[first * size..<(first + present) * size]
      let filled = Array(rows) + (present..<batch).flatMap { _ in rows.suffix(size) }
      var begin: [Float] = []
      for place in 0..<batch {
        var lots = try RandomStream(state: starts[first + min(place, present - 1)])
        for _ in 0..<size { begin.append(lots.next() >> 63 == 1 ? Float(epsilon) / 2 : -Float(epsilon) / 2) }
      }
      found += optimised(filled, begin).prefix(present * size)
    }
    return found
  }

  private func optimised(_ originals: [UInt8], _ begin: [Float]) -> [Int] {
    let room = originals.map { Float(min(epsilon, Int($0), 255 - Int($0))) }
    var changes = begin
    var shown = Self.cut(&changes, to: room)
    for step in 0..<steps {
      for (name, sign) in zip(Self.names, [1, -1]) {
        let variant = zip(originals, shown).map { UInt8(clamping: Int($0) + sign * $1) }
        plan.setImages(name, variant.span)
      }
      plan.computeGradients()
      let (plus, minus) = (plan.inputGradient(Self.names[0]), plan.inputGradient(Self.names[1]))
      let rate = Float(epsilon) / 4 * (1 - Float(step) / Float(steps))
      for index in changes.indices {
        let slope = plus[index] - minus[index]
        if slope != 0 { changes[index] += slope < 0 ? rate : -rate }
      }
      shown = Self.cut(&changes, to: room)
    }
    return shown
  }

  /// Keeps changes to what there is room for.
  /// - Returns: them, rounded.
  private static func cut(_ changes: inout [Float], to room: [Float]) -> [Int] {
    for index in changes.indices { changes[index] = max(-room[index], min(room[index], changes[index])) }
    return changes.map { Int($0.rounded()) }
  }
}
