import Foundation
import Kernels
import NeuralNet

/// A classifier compiled for inference: bytes in, logits, probabilities or penultimate features out.
package final class ClassifierPlan {
  /// K.
  package let classes: Int
  /// Length of the penultimate features.
  package let featureCount: Int
  let engine: InferenceEngine

  /// - Parameters:
  ///   - batch: Images of a usual call; any number works.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  package convenience init(_ model: Model, batch: Int, threads: Int) throws {
    try self.init(model, slice: Graph.slice(of: batch, threads: threads), threads: threads, table: Processor.kernels)
  }

  init(_ model: Model, slice: Int, threads: Int, table: KernelTable) throws {
    var graph = Graph(batch: slice)
    let images = graph.images("images", shape: model.definition.input)
    let network = try graph.use(model, named: "classifier", frozen: true)
    let result = graph.apply(network, to: images)
    guard let features = result.features else {
      throw NeuralNetError.invalidDefinition(
        architecture: model.definition.architecture, reason: "it does not classify")
    }
    classes = result.output.channels
    featureCount = features.channels
    engine = try InferenceEngine(graph, output: .floats([result.output, features]), threads: threads, table: table)
  }

  /// (count, K) of `count` images, (count, C, H, W).
  package func logits(_ images: Span<UInt8>, count: Int) -> [Float] {
    var logits = [Float](repeating: 0, count: count * classes)
    logits.withUnsafeMutableBufferPointer { engine.run(images, count: count, floats: [$0.baseAddress, nil]) }
    return logits
  }

  /// Penultimate features, (count, d).
  package func features(_ images: Span<UInt8>, count: Int) -> [Float] {
    var features = [Float](repeating: 0, count: count * featureCount)
    features.withUnsafeMutableBufferPointer { engine.run(images, count: count, floats: [nil, $0.baseAddress]) }
    return features
  }

  /// Logits, (count, K), and penultimate features, (count, d), of one pass.
  package func answers(_ images: Span<UInt8>, count: Int) -> (logits: [Float], features: [Float]) {
    var logits = [Float](repeating: 0, count: count * classes)
    var features = [Float](repeating: 0, count: count * featureCount)
    logits.withUnsafeMutableBufferPointer { logits in
      features.withUnsafeMutableBufferPointer { features in
        engine.run(images, count: count, floats: [logits.baseAddress, features.baseAddress])
      }
    }
    return (logits, features)
  }

  /// Softmax of the logits, (count, K).
  package func probabilities(_ images: Span<UInt8>, count: Int) -> [Float] {
    var values = logits(images, count: count)
    for first in stride(from: 0, to: values.count, by: classes) {
      let range = first..<first + classes
      let greatest = values[range].max() ?? 0
      var sum: Float = 0
      for index in range {
        values[index] = exp(values[index] - greatest)
        sum += values[index]
      }
      for index in range { values[index] /= sum }
    }
    return values
  }

  /// The class that each row of logits or probabilities, (count, K), is greatest for: the first of equal ones.
  package func predictions(_ answers: [Float]) -> [Int] {
    stride(from: 0, to: answers.count, by: classes).map { row in
      (0..<classes).max { answers[row + $0] < answers[row + $1] } ?? 0
    }
  }

  /// Mean cross-entropy in nats, and how many images have their label's logit greatest.
  package func evaluate(_ images: Span<UInt8>, labels: [Int]) -> (loss: Double, correct: Int) {
    let logits = logits(images, count: labels.count)
    var loss = 0.0
    var correct = 0
    for (index, label) in labels.enumerated() {
      precondition(label >= 0 && label < classes, "label \(label) is not in 0..<\(classes)")
      let row = logits[index * classes..<(index + 1) * classes]
      let greatest = row.max() ?? 0
      let sum = row.reduce(0.0) { $0 + Double(exp($1 - greatest)) }
      loss += log(sum) + Double(greatest - row[row.startIndex + label])
      if row.firstIndex(of: greatest) == row.startIndex + label { correct += 1 }
    }
    return (loss / Double(max(labels.count, 1)), correct)
  }

  /// Takes over the tensors of another model of the same definition.
  package func load(_ model: Model) { engine.load(model) }

  /// Memory of all activations, in bytes.
  package var arenaBytes: Int { engine.arenaBytes }
}
