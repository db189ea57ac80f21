package import Kernels

/// A graph compiled for training: one call a step, no allocation in it, the same bits for any number of threads.
///
/// The optimiser moves the weights of every network that is not frozen. Not for use by two threads at once.
package final class TrainingPlan {
  let graph: Graph
  let stores: [ParameterStore]
  let optimiser: Optimiser
  private let table: KernelTable
  let pool: ThreadPool
  private let program: BoundProgram
  private let losses: LossMemory
  private let sources: [String: ImageSource]
  private let imageMemory: [String: AlignedMemory<UInt8>]
  private let dropout: DropoutState
  private let packing: Work?
  private let frozenPreparations: [() -> Void]
  private let updates: [Work]
  private let inputGradients: [String: AlignedMemory<Float>]
  private let observations: [String: AlignedMemory<Float>]

  /// Compiles a graph.
  ///
  /// - Parameters:
  ///   - total: The losses to minimise and their factors. Other losses of the graph are computed and reported only.
  ///   - inputGradients: Names of images whose gradient is wanted too (`inputGradient`).
  ///   - observed: Values that are wanted after each step (`observation`), by any names.
  ///   - seed: Decides, with a step's number, what dropout drops.
  package convenience init(
    _ graph: Graph, minimising total: [(loss: Loss, coefficient: Float)], optimiser: OptimiserKind,
    schedule: Schedule, threads: Int, inputGradients: Set<String> = [], observing observed: [String: Value] = [:],
    seed: UInt64 = 0
  ) {
    self.init(
      graph, minimising: total, optimiser: optimiser, schedule: schedule, threads: threads,
      inputGradients: inputGradients, observing: observed, seed: seed, table: Processor.kernels)
  }

  package init(
    _ graph: Graph, minimising total: [(loss: Loss, coefficient: Float)], optimiser kind: OptimiserKind,
    schedule: Schedule, threads: Int, inputGradients: Set<String> = [], observing observed: [String: Value] = [:],
    seed: UInt64 = 0, table: KernelTable
  ) {
    self.graph = graph
    self.table = table
    pool = ThreadPool(threads: threads)
    optimiser = Optimiser(kind, schedule: schedule)
    stores = graph.makeStores(isTraining: true)
    losses = LossMemory(graph)
    for (loss, coefficient) in total { losses.coefficients.pointer[loss.index] = coefficient }

    dropout = DropoutState(seed: seed)
    var lowering = Lowering(
      graph, table: table, isTraining: true, stores: stores, inputGradients: inputGradients, dropout: dropout)
    lowering.scratchSlots = ScratchSlots(count: threads)
    let fused = Fusion(graph, kept: graph.lossInputs + observed.values, freezesAll: false).fused()
    lowering.placeConcatenations(fused)
    for node in fused { lowering.lowerForward(node) }
    observations = lowering.exportValues(observed)
    let minimised = Set(total.map(\.loss.index))
    for index in graph.losses.indices {
      lowering.lowerLoss(index, isMinimised: minimised.contains(index), memory: losses)
    }
    for node in fused.reversed() { lowering.lowerBackward(node) }
    for index in graph.losses.indices {
      lowering.lowerWeightDistance(index, isMinimised: minimised.contains(index), memory: losses)
    }
    self.inputGradients = lowering.exportInputGradients(inputGradients)
    sources = lowering.sources
    imageMemory = graph.makeImageMemory()
    for (name, memory) in imageMemory {
      sources[name]?.bytes = UnsafePointer(memory.pointer)
      sources[name]?.count = graph.batch
    }
    let preparations = lowering.preparations
    packing = preparations.perStep
    frozenPreparations = preparations.once
    program = lowering.builder.finish().bind()
    updates = stores.filter(\.isTrained).map { [optimiser, table] in optimiser.work(on: $0, table: table) }
    for prepare in frozenPreparations { prepare() }
  }

  // MARK: Inputs

  /// Sets the images of the next steps: N·C·H·W bytes.
  package func setImages(_ name: String, _ bytes: Span<UInt8>) {
    guard let memory = imageMemory[name] else { preconditionFailure("the graph has no images named \(name)") }
    precondition(bytes.count == memory.count, "a step takes \(memory.count) bytes, not \(bytes.count)")
    memory.store(bytes)
  }

  /// Sets the labels of the next steps: N class indices.
  package func setLabels(_ name: String, _ labels: [Int]) {
    guard let memory = losses.labels[name], let classes = losses.classes[name] else {
      preconditionFailure("the graph has no labels named \(name)")
    }
    precondition(labels.count == memory.count, "a step takes \(memory.count) labels, not \(labels.count)")
    for (index, label) in labels.enumerated() {
      precondition(label >= 0 && label < classes, "label \(label) is not in 0..<\(classes)")
      memory.pointer[index] = Int32(label)
    }
  }

  /// Sets the weights of the next steps, one an image; 1/N each until they are set.
  package func setWeights(_ name: String, _ weights: [Float]) {
    guard let memory = losses.weights[name] else { preconditionFailure("the graph has no weights named \(name)") }
    precondition(weights.count == memory.count, "a step takes \(memory.count) weights, not \(weights.count)")
    memory.store(weights.span)
  }

  /// Sets the target probabilities of the next steps, (N, K); uniform until they are set.
  package func setTargets(_ name: String, _ targets: [Float]) {
    guard let memory = losses.targets[name] else { preconditionFailure("the graph has no targets named \(name)") }
    precondition(targets.count == memory.count, "a step takes \(memory.count) targets, not \(targets.count)")
    memory.store(targets.span)
  }

  /// Changes a loss's factor in the total. The loss must be one that is minimised.
  package func setCoefficient(_ loss: String, _ value: Float) {
    losses.coefficients.pointer[graph.lossIndex(loss)] = value
  }

  // MARK: Steps

  /// One forward and backward pass and one move of the weights.
  package func step() {
    computeGradients()
    for work in updates { pool.run(work) }
    optimiser.steps += 1
  }

  /// The forward and the backward pass alone. Running statistics move, weights do not.
  package func computeGradients() {
    dropout.step = optimiser.steps
    if let packing { pool.run(packing) }
    program.run(on: pool)
  }

  package var stepsTaken: Int { optimiser.steps }

  // MARK: Results of the last step

  /// A loss, without its factor.
  package func loss(_ name: String) -> Double { losses.value(graph.lossIndex(name)) }

  /// Of a loss that compares image by image, such as LPIPS: its value for each image, (N).
  package func distances(_ name: String) -> [Double] { losses.distances(graph.lossIndex(name)) }

  /// Σ factor · loss.
  package var total: Double {
    var sum = 0.0
    for index in graph.losses.indices {
      sum += Double(losses.coefficients.pointer[index]) * losses.value(index)
    }
    return sum
  }

  /// Of a cross-entropy: images of weight ≠ 0 whose greatest logit is their label's, or their greatest target's.
  package func correct(_ name: String) -> Int { losses.correct(graph.lossIndex(name)) }

  /// ∂ total / ∂ images, (N, C, H, W), images in [0, 1]; for names given at `init`.
  package func inputGradient(_ name: String) -> [Float] {
    guard let memory = inputGradients[name] else { preconditionFailure("no gradient was asked for: \(name)") }
    return memory.values(0..<memory.count)
  }

  /// A value that was asked for at `init`, (N, C, H, W).
  package func observation(_ name: String) -> [Float] {
    guard let memory = observations[name] else { preconditionFailure("no value was asked for: \(name)") }
    return memory.values(0..<memory.count)
  }

  /// ∂ total / ∂ parameter of a network's parameters, by name.
  package func gradients(of network: String) -> [String: Tensor] {
    let store = stores[graph.networkIndex(network)]
    return store.weightTensors(in: store.gradients)
  }

  /// A network as it is now, and what it is built from.
  package func network(_ name: String) -> (definition: String, tensors: [String: Tensor]) {
    let index = graph.networkIndex(name)
    return (graph.definition(of: index), stores[index].tensors)
  }

  /// Replaces a network's tensors; an optimiser's moments stay as they are.
  package func load(_ tensors: [String: Tensor], of definition: String, as name: String) {
    let index = graph.networkIndex(name)
    precondition(definition == graph.definition(of: index), "network \(name) is another network")
    replaceTensors(of: index, by: tensors)
  }

  func replaceTensors(of network: Int, by tensors: [String: Tensor]) {
    let store = stores[network]
    store.store(tensors)
    let isPrepared = !store.isTrained || store.declarations.contains { $0.role == .fixed }
    if isPrepared { for prepare in frozenPreparations { prepare() } }
  }

  /// Floats of the arena: activations, gradients and scratch memory.
  package var arenaBytes: Int { program.bindings.layout.count * MemoryLayout<Float>.stride }

  /// Fills the arena, to show that no step reads what it has not written.
  func poison(_ value: Float) { program.bindings.arena.fill(value) }
}
