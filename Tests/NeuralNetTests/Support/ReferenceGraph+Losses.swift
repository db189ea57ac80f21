import Foundation
import Foundations

@testable import NeuralNet

/// The C library's functions under a name that no method hides.
enum reference {
  static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }

  /// The two positions between which an output position lies, with their weights.
  static func neighbours(_ index: Int, _ count: Int, _ extent: Int) -> [(Int, Double)] {
    let position = max(0, (Double(index) + 0.5) * Double(extent) / Double(count) - 0.5)
    let first = Int(position)
    let share = position - Double(first)
    return [(first, 1 - share), (min(first + 1, extent - 1), share)]
  }
}

extension ReferenceGraph {
  func compute(_ kind: LossKind, _ values: [[Double]]) -> Double {
    switch kind {
    case .crossEntropy(let logits, let labels, let weights):
      let classes = logits.shape.channels
      return (0..<graph.batch).reduce(0) { sum, n in
        let row = values[logits.index][n * classes..<(n + 1) * classes]
        let partition = log(row.reduce(0) { $0 + exp($1) })
        let label = self.labels[labels]?[n] ?? 0
        let weight = self.weights[weights]?[n] ?? 1 / Double(graph.batch)
        return sum + weight * (partition - row[row.startIndex + label])
      }
    case .softCrossEntropy(let logits, let targets):
      let classes = logits.shape.channels
      return (0..<graph.batch * classes).reduce(0) { sum, index in
        let row = values[logits.index][index / classes * classes..<(index / classes + 1) * classes]
        let partition = log(row.reduce(0) { $0 + exp($1) })
        let target = self.targets[targets]?[index] ?? 1 / Double(classes)
        return sum + target * (partition - values[logits.index][index]) / Double(graph.batch)
      }
    case .featureDistance(let pairs):
      return pairs.reduce(0) { $0 + featureDistance($1, values) }
    case .squaredError(let pair):
      let (a, b) = (values[pair.left.index], values[pair.right.index])
      return zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(a.count)
    case .targetDistance(let features, let targets, let weights):
      let width = features.shape.channels
      return (0..<graph.batch * width).reduce(0) { sum, index in
        let difference = values[features.index][index] - (self.targets[targets]?[index] ?? 0)
        return sum + (self.weights[weights]?[index / width] ?? 1 / Double(graph.batch)) * difference * difference
      }
    case .weightDistance(let network, let origin):
      return graph.networks[network].declarations.filter { $0.role == .weight }.reduce(0) { sum, declaration in
        zip(tensors[network][declaration.name] ?? [], tensors[origin][declaration.name] ?? [])
          .reduce(sum) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
      }
    case .displacement(let features, let origins, let directions, let distanceWeight):
      let x = values[features.index]
      guard let origin = targets[origins], let direction = targets[directions] else { return .nan }
      let count = features.channels
      return (0..<graph.batch).reduce(0) { sum, n in
        var (product, square) = (0.0, 0.0)
        for k in n * count..<(n + 1) * count {
          product += (x[k] - origin[k]) * direction[k]
          square += (x[k] - origin[k]) * (x[k] - origin[k])
        }
        return sum + Double(distanceWeight) * square.squareRoot() - product
      }
    }
  }

  private func featureDistance(_ pair: LossKind.Pair, _ values: [[Double]]) -> Double {
    let shape = pair.left.shape
    let plane = shape.height * shape.width
    let (a, b) = (values[pair.left.index], values[pair.right.index])
    var sum = 0.0
    for n in 0..<graph.batch {
      for pixel in 0..<plane {
        let indices = (0..<shape.channels).map { (n * shape.channels + $0) * plane + pixel }
        let lengthA = (indices.reduce(1e-10) { $0 + a[$1] * a[$1] }).squareRoot()
        let lengthB = (indices.reduce(1e-10) { $0 + b[$1] * b[$1] }).squareRoot()
        for (channel, index) in indices.enumerated() {
          sum += Double(pair.weights?[channel] ?? 1) * pow(a[index] / lengthA - b[index] / lengthB, 2)
        }
      }
    }
    return sum / Double(plane * graph.batch)
  }
}
