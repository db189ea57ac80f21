import Foundation
import Foundations
import Networks
import NeuralNet
import Synchronization

/// From images to what a protocol answers, with the faults that a rehearsal asks for.
final class Predictor: Sendable {
  let served: ServedModel
  let options: ServingOptions
  private let queue: BatchQueue
  private let chance: Mutex<RandomStream>

  init(_ served: ServedModel, options: ServingOptions) throws {
    self.served = served
    self.options = options
    queue = try BatchQueue(served.model, batch: options.batch, limit: options.queue, threads: options.threads)
    chance = Mutex(RandomStream(seed: options.seed, stream: "failures"))
  }

  var input: ImageShape { served.model.definition.input }
  var classes: Int { served.classes.count }

  /// The most images that one request may have.
  static let largestRequest = 256

  /// What one image gets.
  struct Prediction: Sendable {
    /// (K), rounded.
    var probabilities: [Float]
    /// Classes with the greatest probabilities first, lower indices first among equals.
    var ranking: [Int]
  }

  /// - Parameter images: (count, C, H, W)
  /// - Throws: `ServingError`; `CancellationError`.
  func predict(_ images: [UInt8], count: Int) async throws -> [Prediction] {
    guard (1...Self.largestRequest).contains(count), images.count == count * input.count else {
      throw ServingError.request(
        reason: "1 to \(Self.largestRequest) images of \(input.channels)×\(input.height)×\(input.width) are expected")
    }
    let fails = chance.withLock { $0.uniform() } < Float(options.failRate)
    if options.latency > 0 { try await Task.sleep(for: .milliseconds(options.latency)) }
    if fails { throw ServingError.rehearsed }
    let values = try await queue.probabilities(of: images, count: count)
    return (0..<count).map { index in
      let row = values[index * classes..<(index + 1) * classes].map(rounded)
      let ranking = row.indices.sorted { row[$0] > row[$1] || row[$0] == row[$1] && $0 < $1 }
      return Prediction(probabilities: row, ranking: ranking)
    }
  }

  private func rounded(_ value: Float) -> Float {
    guard let digits = options.digits else { return value }
    let factor = pow(10, Double(digits))
    return Float((Double(value) * factor).rounded() / factor)
  }
}
