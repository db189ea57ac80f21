import Foundation

@testable import NeuralNet

/// The C library's functions under a name that no method hides.
enum reference {
  static func tanh(_ x: Double) -> Double { Foundation.tanh(x) }
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
    case .featureDistance(let pairs):
      return pairs.reduce(0) { $0 + featureDistance($1, values) }
    case .squaredError(let pair):
      let (a, b) = (values[pair.left.index], values[pair.right.index])
      return zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / Double(a.count)
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
        sum += indices.reduce(0) { $0 + pow(a[$1] / lengthA - b[$1] / lengthB, 2) }
      }
    }
    return sum / Double(plane * graph.batch)
  }
}
