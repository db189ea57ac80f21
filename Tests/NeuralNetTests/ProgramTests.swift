import Foundations
import Kernels
import Testing

@testable import Networks
@testable import NeuralNet

@Suite struct ProgramTests {
  private let shape = ImageShape(channels: 3, height: 32, width: 32)

  private func instructions(of definition: NetworkDefinition, frozen: Bool) throws -> [String: Int] {
    var graph = Graph(batch: 2)
    let handle = try graph.use(Model(definition, seed: 1), named: "f", frozen: frozen)
    let output = graph.apply(handle, to: graph.images("images", shape: definition.input)).output
    var lowering = Lowering(
      graph, table: Processor.kernels, isTraining: !frozen, stores: graph.makeStores(isTraining: !frozen))
    let fused = Fusion(graph, kept: [output], freezesAll: frozen).fused()
    lowering.placeConcatenations(fused)
    for node in fused { lowering.lowerForward(node) }
    // By which algorithm a convolution is computed is another matter.
    let names = lowering.builder.instructions.map { $0.name == "Winograd convolution" ? "convolution" : $0.name }
    return Dictionary(names.map { ($0, 1) }, uniquingKeysWith: +)
  }

  @Test func sharesMemoryOnlyBetweenBuffersThatAreNeverAliveTogether() {
    var stream = RandomStream(seed: 12)
    for _ in 0..<50 {
      let count = 40
      let demands = (0..<count).map { buffer in
        let first = stream.below(100)
        return ArenaLayout.Demand(
          buffer: buffer, count: 1 + stream.below(1000), first: first, last: first + stream.below(20))
      }
      let buffers = demands.map { Buffer(content: .flat(count: $0.count)) }
      let layout = ArenaLayout(buffers: buffers, demands: demands)
      for (index, a) in demands.enumerated() {
        #expect(layout.offsets[index] % 16 == 0)
        #expect(layout.offsets[index] + a.count <= layout.count)
        for (other, b) in demands.enumerated().dropFirst(index + 1) where a.first <= b.last && b.first <= a.last {
          let (start, otherStart) = (layout.offsets[index], layout.offsets[other])
          #expect(start + a.count <= otherStart || otherStart + b.count <= start)
        }
      }
      // At most 20 of 100 positions each: without reuse the arena would hold the sum.
      #expect(layout.count < demands.reduce(0) { $0 + $1.count } * 3 / 4)
    }
  }

  @Test func foldsAndFusesAResidualNetworkToItsConvolutions() throws {
    let resnet = NetworkDefinition(architecture: "resnet18", width: 16, input: shape, classes: 10)
    // 20 convolutions and the linear layer; norms, sums and rectifiers are inside them.
    #expect(try instructions(of: resnet, frozen: true) == ["images": 1, "convolution": 21, "average pool": 1])
    #expect(
      try instructions(of: resnet, frozen: false) == [
        "images": 1, "convolution": 21, "batch statistics": 20, "normalise": 20, "average pool": 1,
      ])
  }

  @Test func concatenatesWithoutCopying() throws {
    let unet = NetworkDefinition(architecture: "unet", width: 16, depth: 3, input: shape, classes: 0)
    #expect(
      try instructions(of: unet, frozen: true) == [
        "images": 1, "convolution": 15, "max pool": 3, "transposed convolution": 3,
      ])
  }

  /// Dense networks read every prefix of a block's values; at 16 channels a layer none is copied.
  @Test(arguments: [true, false])
  func concatenatesADenseNetworkWithoutCopying(isFrozen: Bool) throws {
    let densenet = NetworkDefinition(architecture: "densenet121", width: 32, input: shape, classes: 10)
    let found = try instructions(of: densenet, frozen: isFrozen)
    #expect(found["concatenate"] == nil && found["clear"] == nil)
    // Of the 121 layers one is the linear one.
    #expect(found["convolution"] == 121 && found["average pool"] == 4)
  }

  @Test func addsTheGradientsOfADenseNetworkWhereTheyLie() throws {
    let densenet = NetworkDefinition(architecture: "densenet121", width: 32, input: shape, classes: 10)
    var graph = Graph(batch: 2)
    let handle = try graph.use(Model(densenet, seed: 1), named: "f", frozen: false)
    let output = graph.apply(handle, to: graph.images("images", shape: shape)).output
    let loss = graph.crossEntropy(output, labels: "labels", weights: "weights", name: "loss")
    let memory = LossMemory(graph)
    var lowering = Lowering(
      graph, table: Processor.kernels, isTraining: true, stores: graph.makeStores(isTraining: true))
    let fused = Fusion(graph, kept: [output], freezesAll: false).fused()
    lowering.placeConcatenations(fused)
    for node in fused { lowering.lowerForward(node) }
    lowering.lowerLoss(loss.index, isMinimised: true, memory: memory)
    for node in fused.reversed() { lowering.lowerBackward(node) }
    let names = Set(lowering.builder.instructions.map(\.name))
    #expect(names.isDisjoint(with: ["concatenate gradient", "accumulate", "clear"]))
  }

  @Test func computesNothingThatNoLossNeeds() throws {
    var graph = Graph(batch: 2)
    let resnet = NetworkDefinition(architecture: "resnet18", width: 4, input: shape, classes: 10)
    let handle = try graph.use(Model(resnet, seed: 1), named: "f", frozen: true)
    let left = graph.apply(handle, to: graph.images("left", shape: shape))
    let right = graph.apply(handle, to: graph.images("right", shape: shape))
    _ = graph.featureDistance([left.taps[0]], [right.taps[0]], name: "distance")
    let fused = Fusion(graph, kept: graph.lossInputs, freezesAll: false).fused()
    // Images, the stem and the four convolutions of the first stage, twice.
    #expect(fused.count == 2 * 6)
  }

  @Test func marksABatchInLittleMemory() throws {
    let unet = NetworkDefinition(architecture: "unet", width: 32, depth: 3, input: shape, classes: 0)
    let plan = try GeneratorPlan(Model(unet, seed: 1), epsilon: 8 / 255, batch: 64, threads: 2)
    #expect(plan.arenaBytes < 32 << 20)
  }
}
