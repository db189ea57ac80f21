/// One or more nodes of a graph that are computed in one go: a node, and what follows it and only it.
struct FusedNode: Sendable {
  /// The convolution, batch norm or other node at the head.
  var node: Node
  /// A batch norm with constant statistics that is folded into the convolution's weights.
  var folded: BatchNormParameters?
  /// A value added before the ReLU.
  var addend: Value?
  var rectifies = false
  /// What the last of the nodes gives.
  var output: Value
}

/// Decides which nodes are computed at all, and which together.
struct Fusion {
  private let graph: Graph
  private let freezesAll: Bool
  private var uses: [Int]
  private var consumers: [[Int]]
  private var isLive: [Bool]

  /// - Parameters:
  ///   - kept: Values that are read from outside and so must exist.
  ///   - freezesAll: At inference every network normalises with its running statistics.
  init(_ graph: Graph, kept: [Value], freezesAll: Bool) {
    self.graph = graph
    self.freezesAll = freezesAll
    isLive = Array(repeating: false, count: graph.nodes.count)
    uses = Array(repeating: 0, count: graph.nodes.count)
    consumers = Array(repeating: [], count: graph.nodes.count)
    for value in kept {
      isLive[value.index] = true
      uses[value.index] += 1
    }
    for index in graph.nodes.indices.reversed() where isLive[index] {
      for input in graph.nodes[index].inputs {
        isLive[input.index] = true
        uses[input.index] += 1
        consumers[input.index].append(index)
      }
    }
  }

  /// The live nodes in an order in which every input precedes its use.
  func fused() -> [FusedNode] {
    var absorbed: Set<Int> = []
    var result: [(position: Int, fused: FusedNode)] = []
    for index in graph.nodes.indices where isLive[index] && !absorbed.contains(index) {
      let node = graph.nodes[index]
      var fused = FusedNode(node: node, output: node.output)
      switch node.operation {
      case .convolution:
        if let next = soleConsumer(of: fused.output), case .batchNorm(let parameters) = graph.nodes[next].operation,
          isFrozen(next), graph.nodes[next].network == node.network
        {
          fused.folded = parameters
          absorb(next, into: &fused, &absorbed)
        }
        absorbSumAndRectifier(into: &fused, &absorbed)
      case .batchNorm: absorbSumAndRectifier(into: &fused, &absorbed)
      default: break
      }
      // At the place of its last node everything that the group reads has been computed.
      result.append((fused.output.index, fused))
    }
    return result.sorted { $0.position < $1.position }.map(\.fused)
  }

  private func absorbSumAndRectifier(into fused: inout FusedNode, _ absorbed: inout Set<Int>) {
    if let next = soleConsumer(of: fused.output), graph.nodes[next].operation == .add, !absorbed.contains(next) {
      let terms = graph.nodes[next].inputs
      fused.addend = terms[0] == fused.output ? terms[1] : terms[0]
      absorb(next, into: &fused, &absorbed)
    }
    if let next = soleConsumer(of: fused.output), graph.nodes[next].operation == .rectify {
      fused.rectifies = true
      absorb(next, into: &fused, &absorbed)
    }
  }

  private func absorb(_ index: Int, into fused: inout FusedNode, _ absorbed: inout Set<Int>) {
    fused.output = graph.nodes[index].output
    absorbed.insert(index)
  }

  /// The one node that reads a value, if nothing else does.
  private func soleConsumer(of value: Value) -> Int? {
    uses[value.index] == 1 ? consumers[value.index].first : nil
  }

  private func isFrozen(_ index: Int) -> Bool {
    guard let network = graph.nodes[index].network else { return true }
    return freezesAll || graph.networks[network].isFrozen
  }
}
