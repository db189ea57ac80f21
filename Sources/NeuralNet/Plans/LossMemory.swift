/// What the losses of a plan read and leave behind; all of it stays at its address.
final class LossMemory: @unchecked Sendable {
  let batch: Int
  /// One factor per loss in the total, by the loss's index.
  let coefficients: AlignedMemory<Float>
  /// One summand per image and pair, of a distance of weights per tensor, by the loss's index; their sum in order is the
  /// loss.
  private(set) var summands: [AlignedMemory<Double>] = []
  /// Per image 1 where the greatest logit is the label's and the weight is not 0, or the greatest target's; empty for
  /// other losses.
  private(set) var hits: [AlignedMemory<Int32>] = []
  private(set) var labels: [String: AlignedMemory<Int32>] = [:]
  private(set) var weights: [String: AlignedMemory<Float>] = [:]
  /// (N, K) probabilities, or (N, d) features.
  private(set) var targets: [String: AlignedMemory<Float>] = [:]
  /// K of the logits that some labels index; the least, if several losses share them.
  private(set) var classes: [String: Int] = [:]

  init(_ graph: Graph) {
    batch = graph.batch
    coefficients = AlignedMemory(count: graph.losses.count)
    for (kind, _) in graph.losses {
      var hitCount = 0
      var summandCount = graph.batch
      switch kind {
      case .crossEntropy(let logits, let labels, let weights):
        classes[labels] = min(classes[labels] ?? logits.channels, logits.channels)
        hitCount = graph.batch
        if self.labels[labels] == nil { self.labels[labels] = AlignedMemory(count: graph.batch) }
        makeWeights(weights)
      case .softCrossEntropy(let logits, let targets):
        hitCount = graph.batch
        let count = graph.batch * logits.channels
        if self.targets[targets] == nil {
          let memory = AlignedMemory<Float>(count: count)
          memory.fill(1 / Float(logits.channels))
          self.targets[targets] = memory
        }
        precondition(self.targets[targets]?.count == count, "losses that share targets have as many classes")
      case .featureDistance(let compared): summandCount = compared.count * graph.batch
      case .squaredError: break
      case .targetDistance(let features, let targets, let weights):
        makeWeights(weights)
        let count = graph.batch * features.channels
        if self.targets[targets] == nil { self.targets[targets] = AlignedMemory(count: count) }
        precondition(self.targets[targets]?.count == count, "losses that share targets have as many features")
      case .weightDistance(let network, _): summandCount = graph.networks[network].declarations.count
      case .displacement(let features, let origins, let directions, _):
        let count = graph.batch * features.channels
        for name in [origins, directions] {
          if self.targets[name] == nil { self.targets[name] = AlignedMemory(count: count) }
          precondition(self.targets[name]?.count == count, "losses that share features have as many of them")
        }
      }
      summands.append(AlignedMemory(count: summandCount))
      hits.append(AlignedMemory(count: hitCount))
    }
  }

  private func makeWeights(_ name: String) {
    guard weights[name] == nil else { return }
    let memory = AlignedMemory<Float>(count: batch)
    memory.fill(1 / Float(batch))
    weights[name] = memory
  }

  /// A loss of the last step, summed in a fixed order.
  func value(_ loss: Int) -> Double {
    var sum = 0.0
    for index in 0..<summands[loss].count { sum += summands[loss].pointer[index] }
    return sum
  }

  /// Of a loss that compares image by image: its share of each image times N, so that their mean is the loss.
  func distances(_ loss: Int) -> [Double] {
    (0..<batch).map { image in
      var sum = 0.0
      for index in stride(from: image, to: summands[loss].count, by: batch) { sum += summands[loss].pointer[index] }
      return sum * Double(batch)
    }
  }

  func correct(_ loss: Int) -> Int {
    var sum = 0
    for index in 0..<hits[loss].count { sum += Int(hits[loss].pointer[index]) }
    return sum
  }
}
