import Kernels

/// Turns a graph into a program: one pass over the fused nodes forward, the losses, and one pass back.
///
/// Gradients are created when the first consumer contributes and accumulated by the others. A gradient that nobody
/// needs any more is handed on to the value that has the same one (`donate`) instead of being copied.
struct Lowering {
  /// Per convolution, keyed by what makes its packed weights.
  struct PreparationKey: Hashable {
    var weight: ParameterID
    var folded: BatchNormParameters?
  }

  let graph: Graph
  let table: KernelTable
  let isTraining: Bool
  let stores: [ParameterStore]
  var builder: ProgramBuilder
  /// Of each value that exists, by the value's index.
  var buffers: [Int: BufferID] = [:]
  var gradients: [Int: BufferID] = [:]
  /// Of each concatenation, by its output: the concatenations that are its beginning and lie in its buffer.
  var prefixes: [Int: [Value]] = [:]
  private(set) var needsGradient: [Bool]
  var convolutions: [PreparationKey: PreparedConvolution] = [:]
  var frozenNorms: [BatchNormParameters: FrozenNorm] = [:]
  /// Statistics of the batch that the backward pass reads again, by the batch norm's output.
  var statistics: [Int: BatchStatistics] = [:]
  var touchedGradients: Set<ParameterID> = []
  var unfinishedGradients: [ParameterGradient] = []
  var sources: [String: ImageSource] = [:]
  /// One for each thread that will run the program.
  var scratchSlots = ScratchSlots(count: 1)
  let dropout: DropoutState

  init(
    _ graph: Graph, table: KernelTable, isTraining: Bool, stores: [ParameterStore], inputGradients: Set<String> = [],
    dropout: DropoutState = DropoutState(seed: 0)
  ) {
    self.graph = graph
    self.table = table
    self.isTraining = isTraining
    self.stores = stores
    self.dropout = dropout
    builder = ProgramBuilder(table: table)
    needsGradient = Array(repeating: false, count: graph.nodes.count)
    guard isTraining else { return }
    for (index, node) in graph.nodes.enumerated() {
      let isLearned =
        switch node.operation {
        case .convolution(_, let weight, let bias), .transposedConvolution(_, let weight, let bias):
          learns(weight) || bias.map(learns) ?? false
        case .batchNorm(let norm): learns(norm.scale)
        case .images(let name): inputGradients.contains(name)
        default: false
        }
      needsGradient[index] = isLearned || node.inputs.contains { needsGradient[$0.index] }
    }
  }

  /// Whether a node's network learns.
  func isTrained(_ node: Node) -> Bool {
    guard isTraining, let network = node.network else { return false }
    return !graph.networks[network].isFrozen
  }

  /// Whether the optimiser moves a parameter. A batch norm whose scale it moves normalises by the batch.
  func learns(_ parameter: ParameterID) -> Bool {
    let store = stores[parameter.network]
    return isTraining && store.isTrained && store.declarations[parameter.declaration].role == .weight
  }

  func pointer(to parameter: ParameterID) -> UnsafeMutablePointer<Float> {
    stores[parameter.network].pointer(to: parameter.declaration)
  }

  // MARK: Buffers of values

  func buffer(of value: Value) -> BufferID {
    guard let buffer = buffers[value.index] else { preconditionFailure("value \(value.index) is not computed") }
    return buffer
  }

  /// The buffer a value is computed into; placed beforehand where the value is part of a concatenation.
  mutating func newBuffer(for value: Value) -> BufferID {
    if let placed = buffers[value.index] { return placed }
    let buffer = builder.activation(images: graph.batch, shape: value.shape)
    buffers[value.index] = buffer
    return buffer
  }

  /// Where a contribution to a value's gradient goes, and whether it adds to others; nil when nobody needs the
  /// gradient.
  mutating func gradientTarget(of value: Value) -> (buffer: BufferID, accumulate: Bool)? {
    guard needsGradient[value.index] else { return nil }
    if let buffer = gradients[value.index] { return (buffer, true) }
    let buffer = builder.activation(images: graph.batch, shape: value.shape)
    gradients[value.index] = buffer
    return (buffer, false)
  }

  /// Makes a gradient that its owner no longer reads into (a contribution to) the gradient of another value.
  mutating func donate(_ gradient: BufferID, to value: Value) {
    guard needsGradient[value.index] else { return }
    guard let target = gradients[value.index] else {
      gradients[value.index] = gradient
      return
    }
    let copy = table.copy
    builder.emit("accumulate", reads: [gradient, target], writes: [target]) { bindings in
      let source = bindings.activation(gradient)
      let destination = bindings.activation(target)
      return Work(units: source.images) { copy(source, true, destination, $0) }
    }
  }

  // MARK: Passes

  mutating func lowerForward(_ fused: FusedNode) {
    switch fused.node.operation {
    case .images(let name): lowerImages(name, fused)
    case .convolution(let shape, let weight, let bias): lowerConvolution(shape, weight, bias, fused)
    case .transposedConvolution(let shape, let weight, let bias): lowerTransposed(shape, weight, bias, fused)
    case .batchNorm(let parameters):
      if learns(parameters.scale) { lowerBatchNorm(parameters, fused) } else { lowerFrozenNorm(parameters, fused) }
    case .rectify: lowerElementwise("rectify", table.rectify, fused)
    case .hyperbolicTangent: lowerElementwise("tanh", table.hyperbolicTangent, fused)
    case .maxPool(let size, let stride, let padding): lowerMaxPool(size, stride, padding, fused)
    case .averagePool(let size, let stride): lowerAveragePool(size, stride, fused)
    case .adaptiveAveragePool: lowerElementwise("adaptive average pool", table.adaptiveAveragePool, fused)
    case .interpolate: lowerElementwise("interpolate", table.interpolate, fused)
    case .affine(let scale, let shift): lowerAffine(scale, shift, fused)
    case .dropout(let rate): lowerDropout(rate, fused)
    case .add: lowerAdd(fused)
    case .multiply: lowerMultiply(fused)
    case .concatenate: lowerConcatenate(fused)
    case .flatten: lowerFlatten(fused)
    case .perturb(let epsilon, let rounding): lowerPerturb(epsilon, rounding, fused)
    }
  }

  /// Emits what a node contributes to the gradients of its inputs and parameters, if its own gradient exists.
  mutating func lowerBackward(_ fused: FusedNode) {
    guard let gradient = gradients[fused.output.index] else { return }
    switch fused.node.operation {
    case .images: break
    case .convolution(let shape, let weight, let bias):
      lowerConvolutionGradient(shape, weight, bias, fused, gradient)
    case .transposedConvolution(let shape, let weight, let bias):
      lowerTransposedGradient(shape, weight, bias, fused, gradient)
    case .batchNorm(let parameters):
      if learns(parameters.scale) {
        lowerBatchNormGradient(parameters, fused, gradient)
      } else {
        lowerFrozenNormGradient(parameters, fused, gradient)
      }
    case .rectify: lowerElementwiseGradient("rectify gradient", table.rectifyGradient, fused, gradient)
    case .hyperbolicTangent:
      lowerElementwiseGradient("tanh gradient", table.hyperbolicTangentGradient, fused, gradient)
    case .maxPool(let size, let stride, let padding): lowerMaxPoolGradient(size, stride, padding, fused, gradient)
    case .averagePool(let size, let stride): lowerAveragePoolGradient(size, stride, fused, gradient)
    case .adaptiveAveragePool:
      lowerResizingGradient("adaptive average pool gradient", table.adaptiveAveragePoolGradient, fused, gradient)
    case .interpolate: lowerResizingGradient("interpolate gradient", table.interpolateGradient, fused, gradient)
    case .affine(let scale, _): lowerAffineGradient(scale, fused, gradient)
    case .dropout(let rate): lowerDropoutGradient(rate, fused, gradient)
    case .add: lowerAddGradient(fused, gradient)
    case .multiply: lowerMultiplyGradient(fused, gradient)
    case .concatenate: lowerConcatenateGradient(fused, gradient)
    case .flatten: lowerFlattenGradient(fused, gradient)
    case .perturb(let epsilon, _): lowerPerturbGradient(epsilon, fused, gradient)
    }
  }
}
