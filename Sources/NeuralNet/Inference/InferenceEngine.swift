import Foundations
package import Kernels
import Synchronization

/// A graph compiled for inference.
///
/// Nothing in it mixes images, so a batch is cut into slices of a few images and each thread takes whole slices through
/// the whole graph in an arena of its own: activations stay in its cache, and threads meet once a call. An image's bits
/// depend neither on the slice it falls into nor on the number of threads.
package final class InferenceEngine: @unchecked Sendable {
  /// One thread's program with its ends.
  private struct Lane {
    var program: BoundProgram
    var source: ImageSource
    var floats: [OutputSink<Float>]
    var bytes: OutputSink<UInt8>
  }

  package enum Output {
    /// (N, C, H, W) floats of each value.
    case floats([Value])
    /// (N, C, H, W) bytes of a value in [0, 1].
    case bytes(Value)
  }

  private let slice: Int
  let pool: ThreadPool
  private let lanes: [Lane]
  private let stores: [ParameterStore]
  /// Of the one network; nil where there are several.
  private let definition: String?
  private let preparations: [() -> Void]
  private let inputCount: Int
  private let outputCounts: [Int]
  private let job = InferenceJob()
  private let work: Work

  /// - Parameter graph: Its batch is the slice, and it has one input.
  /// - Throws: `NeuralNetError.noMemory`.
  package init(_ graph: Graph, output: Output, threads: Int, table: KernelTable) throws(NeuralNetError) {
    slice = graph.batch
    pool = ThreadPool(threads: threads)
    stores = graph.makeStores(isTraining: false)
    definition = graph.networks.count == 1 ? graph.networks[0].definition : nil
    let values: [Value] =
      switch output {
      case .floats(let values): values
      case .bytes(let value): [value]
      }
    outputCounts = values.map(\.shape.count)
    var lanes: [Lane] = []
    var preparations: [() -> Void] = []
    var inputCount = 0
    // Lowered once a thread, since the ends of a program are part of it; weights are packed once and shared.
    var convolutions: [Lowering.PreparationKey: PreparedConvolution] = [:]
    var frozenNorms: [BatchNormParameters: FrozenNorm] = [:]
    for _ in 0..<threads {
      var lowering = Lowering(graph, table: table, isTraining: false, stores: stores)
      lowering.convolutions = convolutions
      lowering.frozenNorms = frozenNorms
      let fused = Fusion(graph, kept: values, freezesAll: true).fused()
      lowering.placeConcatenations(fused)
      for node in fused { lowering.lowerForward(node) }
      convolutions = lowering.convolutions
      frozenNorms = lowering.frozenNorms
      let ends = lowering.emitOutputs(output)
      guard let source = lowering.sources.first else { preconditionFailure("an inference graph reads images") }
      precondition(lowering.sources.count == 1, "an inference graph has one input")
      inputCount = graph.imageCount(source.key)
      preparations = lowering.preparations.once
      let program = lowering.builder.finish()
      try program.requireMemory(copies: threads)
      lanes.append(Lane(program: program.bind(), source: source.value, floats: ends.floats, bytes: ends.bytes))
    }
    self.lanes = lanes
    self.preparations = preparations
    self.inputCount = inputCount
    work = Self.work(lanes, job: job, slice: slice, inputCount: inputCount, outputCounts: outputCounts)
    for prepare in preparations { prepare() }
  }

  private static func work(
    _ lanes: [Lane], job: InferenceJob, slice: Int, inputCount: Int, outputCounts: [Int]
  ) -> Work {
    Work(units: lanes.count) { units in
      for index in units {
        let lane = lanes[index]
        while true {
          let first = job.next.add(slice, ordering: .relaxed).oldValue
          if first >= job.count { break }
          guard let bytes = job.images else { preconditionFailure("a job has images") }
          lane.source.bytes = bytes + first * inputCount
          lane.source.count = min(slice, job.count - first)
          for output in lane.floats.indices {
            lane.floats[output].elements = job.floats[output].map { $0 + first * outputCounts[output] }
            lane.floats[output].count = lane.source.count
          }
          lane.bytes.elements = job.bytes.map { $0 + first * outputCounts[0] }
          lane.bytes.count = lane.source.count
          lane.program.run()
        }
      }
    }
  }

  /// Computes the outputs of any number of images.
  package func run(
    _ images: Span<UInt8>, count: Int, floats: [UnsafeMutablePointer<Float>?] = [],
    bytes: UnsafeMutablePointer<UInt8>? = nil
  ) {
    precondition(images.count == count * inputCount, "\(count) images take \(count * inputCount) bytes")
    if count == 0 { return }
    images.withUnsafeBufferPointer { source in
      job.images = source.baseAddress
      job.count = count
      job.floats = floats
      job.bytes = bytes
      job.next.store(0, ordering: .relaxed)
      pool.run(work)
      job.images = nil
    }
  }

  /// Replaces the network's tensors by those of another of the same definition.
  package func load(_ tensors: [String: Tensor], of definition: String) {
    precondition(self.definition == definition, "a plan is made for one definition")
    stores[0].store(tensors)
    for prepare in preparations { prepare() }
  }

  /// Floats of all arenas, in bytes.
  package var arenaBytes: Int {
    lanes.reduce(0) { $0 + $1.program.bindings.layout.count * MemoryLayout<Float>.stride }
  }

  func poison(_ value: Float) {
    for lane in lanes { lane.program.bindings.arena.fill(value) }
  }
}

/// What a call of an engine works on.
private final class InferenceJob: @unchecked Sendable {
  let next = Atomic<Int>(0)
  var count = 0
  var images: UnsafePointer<UInt8>?
  var floats: [UnsafeMutablePointer<Float>?] = []
  var bytes: UnsafeMutablePointer<UInt8>?
}
