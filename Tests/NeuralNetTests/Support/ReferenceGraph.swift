import Foundations
import Kernels

@testable import NeuralNet

/// Evaluates a graph in Float64 with plain loops over (N, C, H, W): what plans are compared with.
///
/// It shares no code with the plans, not even the layout, and knows no gradients: those are taken by central
/// differences.
struct ReferenceGraph {
  let graph: Graph
  /// Tensors of each network, by name.
  var tensors: [[String: [Double]]]
  /// In [0, 1].
  var images: [String: [Double]]
  var labels: [String: [Int]] = [:]
  var weights: [String: [Double]] = [:]
  /// (N, K) probabilities.
  var targets: [String: [Double]] = [:]
  /// One factor a loss.
  var coefficients: [Double]

  struct Evaluation {
    var values: [[Double]]
    var losses: [Double]
    var total: Double
    /// Mean and variance that each trained batch norm saw, in order.
    var statistics: [(network: Int, name: String, mean: [Double], unbiasedVariance: [Double])]
  }

  init(_ graph: Graph, images: [String: [UInt8]], coefficients: [Double]) {
    self.graph = graph
    self.images = images.mapValues { $0.map { Double(Float($0) / 255) } }
    self.coefficients = coefficients
    tensors = graph.networks.map { network in network.tensors.mapValues { $0.values.map(Double.init) } }
  }

  func evaluate() -> Evaluation {
    var result = Evaluation(values: [], losses: [], total: 0, statistics: [])
    for node in graph.nodes { result.values.append(compute(node, &result)) }
    for (index, loss) in graph.losses.enumerated() {
      let value = compute(loss.kind, result.values)
      result.losses.append(value)
      result.total += coefficients[index] * value
    }
    return result
  }

  private func tensor(_ id: ParameterID) -> [Double] {
    tensors[id.network][graph.networks[id.network].declarations[id.declaration].name] ?? []
  }

  private func compute(_ node: Node, _ result: inout Evaluation) -> [Double] {
    let x = node.inputs.first.map { result.values[$0.index] } ?? []
    let from = node.inputs.first?.shape ?? node.output.shape
    let to = node.output.shape
    switch node.operation {
    case .images(let name): return images[name] ?? []
    case .convolution(let shape, let weight, let bias):
      return convolution(x, from, to, shape, tensor(weight), bias.map { tensor($0) })
    case .transposedConvolution(_, let weight, let bias):
      return transposed(x, from, to, tensor(weight), bias.map { tensor($0) })
    case .batchNorm(let norm): return batchNorm(x, from, norm, node, &result)
    case .rectify: return x.map { max(0, $0) }
    case .hyperbolicTangent: return x.map { reference.tanh($0) }
    case .maxPool(let size, let stride, let padding):
      return pool(x, from, to, size, stride, padding) { $0.max() ?? 0 }
    case .averagePool(let size, let stride):
      return pool(x, from, to, size, stride, 0) { $0.reduce(0, +) / Double($0.count) }
    case .adaptiveAveragePool:
      return resize(x, from, to) { row, column in
        let rows = row * from.height / to.height..<((row + 1) * from.height + to.height - 1) / to.height
        let columns = column * from.width / to.width..<((column + 1) * from.width + to.width - 1) / to.width
        return rows.flatMap { a in columns.map { (a, $0, 1 / Double(rows.count * columns.count)) } }
      }
    case .interpolate:
      return resize(x, from, to) { row, column in
        reference.neighbours(row, to.height, from.height).flatMap { a, vertical in
          reference.neighbours(column, to.width, from.width).map { (a, $0, vertical * $1) }
        }
      }
    case .affine(let scale, let shift):
      let plane = to.height * to.width
      return x.indices.map { x[$0] * Double(scale[$0 / plane % to.channels]) + Double(shift[$0 / plane % to.channels]) }
    case .dropout: preconditionFailure("the reference draws nothing")
    case .add: return zip(x, result.values[node.inputs[1].index]).map { $0 + $1 }
    case .multiply: return zip(x, result.values[node.inputs[1].index]).map { $0 * $1 }
    case .concatenate:
      return (0..<graph.batch).flatMap { n in
        node.inputs.flatMap { result.values[$0.index][n * $0.shape.count..<(n + 1) * $0.shape.count] }
      }
    case .flatten: return x
    case .perturb(let epsilon, let rounding):
      precondition(!rounding, "the reference has no straight-through gradient")
      return zip(x, result.values[node.inputs[1].index]).map { min(max($0 + Double(epsilon) * $1, 0), 1) }
    }
  }

  private func convolution(
    _ x: [Double], _ from: ImageShape, _ to: ImageShape, _ shape: ConvolutionShape, _ weight: [Double],
    _ bias: [Double]?
  ) -> [Double] {
    var y = [Double](repeating: 0, count: graph.batch * to.count)
    for n in 0..<graph.batch {
      for o in 0..<to.channels {
        for row in 0..<to.height {
          for column in 0..<to.width {
            var sum = bias?[o] ?? 0
            for i in 0..<from.channels {
              for v in 0..<shape.kernelHeight {
                for u in 0..<shape.kernelWidth {
                  let (a, b) = (row * shape.stride + v - shape.padding, column * shape.stride + u - shape.padding)
                  guard 0..<from.height ~= a, 0..<from.width ~= b else { continue }
                  let pixel = ((n * from.channels + i) * from.height + a) * from.width + b
                  let tap = ((o * from.channels + i) * shape.kernelHeight + v) * shape.kernelWidth + u
                  sum += x[pixel] * weight[tap]
                }
              }
            }
            y[((n * to.channels + o) * to.height + row) * to.width + column] = sum
          }
        }
      }
    }
    return y
  }

  private func transposed(
    _ x: [Double], _ from: ImageShape, _ to: ImageShape, _ weight: [Double], _ bias: [Double]?
  ) -> [Double] {
    var y = [Double](repeating: 0, count: graph.batch * to.count)
    for n in 0..<graph.batch {
      for o in 0..<to.channels {
        for row in 0..<to.height {
          for column in 0..<to.width {
            var sum = bias?[o] ?? 0
            for i in 0..<from.channels {
              let pixel = ((n * from.channels + i) * from.height + row / 2) * from.width + column / 2
              let tap = ((i * to.channels + o) * 2 + row % 2) * 2 + column % 2
              sum += x[pixel] * weight[tap]
            }
            y[((n * to.channels + o) * to.height + row) * to.width + column] = sum
          }
        }
      }
    }
    return y
  }

  private func batchNorm(
    _ x: [Double], _ shape: ImageShape, _ norm: BatchNormParameters, _ node: Node, _ result: inout Evaluation
  ) -> [Double] {
    let plane = shape.height * shape.width
    let population = Double(graph.batch * plane)
    var mean = tensor(norm.mean)
    var variance = tensor(norm.variance)
    let network = graph.networks[norm.scale.network]
    if !network.isFrozen, network.declarations[norm.scale.declaration].role == .weight {
      var unbiased = variance
      for c in 0..<shape.channels {
        var values: [Double] = []
        for n in 0..<graph.batch {
          let first = (n * shape.channels + c) * plane
          values += x[first..<first + plane]
        }
        mean[c] = values.reduce(0, +) / population
        variance[c] = values.reduce(0) { $0 + ($1 - mean[c]) * ($1 - mean[c]) } / population
        unbiased[c] = variance[c] * population / (population - 1)
      }
      let name = network.declarations[norm.mean.declaration].name
      result.statistics.append((norm.scale.network, name, mean, unbiased))
    }
    let (scale, shift) = (tensor(norm.scale), tensor(norm.shift))
    return x.indices.map { index in
      let c = index / plane % shape.channels
      let deviation = (variance[c] + Double(norm.epsilon)).squareRoot()
      return (x[index] - mean[c]) / deviation * scale[c] + shift[c]
    }
  }

  /// Every output pixel is a sum of input pixels, each (row, column, weight).
  private func resize(
    _ x: [Double], _ from: ImageShape, _ to: ImageShape, _ terms: (Int, Int) -> [(Int, Int, Double)]
  ) -> [Double] {
    (0..<graph.batch * to.channels).flatMap { plane in
      (0..<to.height * to.width).map { pixel in
        terms(pixel / to.width, pixel % to.width).reduce(0) {
          $0 + $1.2 * x[(plane * from.height + $1.0) * from.width + $1.1]
        }
      }
    }
  }

  private func pool(
    _ x: [Double], _ from: ImageShape, _ to: ImageShape, _ size: Int, _ stride: Int, _ padding: Int,
    _ reduce: ([Double]) -> Double
  ) -> [Double] {
    var y: [Double] = []
    for plane in 0..<graph.batch * to.channels {
      for row in 0..<to.height {
        for column in 0..<to.width {
          var window: [Double] = []
          for a in row * stride - padding..<row * stride - padding + size where 0..<from.height ~= a {
            for b in column * stride - padding..<column * stride - padding + size where 0..<from.width ~= b {
              window.append(x[(plane * from.height + a) * from.width + b])
            }
          }
          y.append(reduce(window))
        }
      }
    }
    return y
  }
}
