import Foundations
import Networks
import NeuralNet

/// Gradients of a classifier's cross-entropy, by its weights and by its images.
///
/// Batch norms normalise with their running statistics and stay as they are, so that what one image adds to a gradient
/// depends on no other; θ is everything else that the network learns.
final class LossGradients {
  let batch: Int
  let classes: Int
  private let shape: ImageShape
  private let definition: NetworkDefinition
  /// The weights as they are, of all tensors.
  private var tensors: [String: Tensor]
  /// θ, ascending by name.
  private let names: [String]
  private let learning: TrainingPlan
  private let seeing: TrainingPlan
  /// Whether `seeing` has other weights than these.
  private var isMoved = false

  private static let (network, images, targets, loss) = ("network", "images", "targets", "loss")

  /// - Parameter batch: images of one pass.
  /// - Throws: `NeuralNetError.invalidDefinition`.
  init(_ model: Model, batch: Int, threads: Int) throws {
    self.batch = batch
    (classes, shape, definition, tensors) = (
      model.definition.classes, model.definition.input, model.definition, model.tensors
    )
    let norms = model.definition.tensors(of: .norms)
    func plan(frozen: Bool) throws -> TrainingPlan {
      var graph = Graph(batch: batch)
      let x = graph.fineImages(Self.images, shape: model.definition.input)
      let network = try graph.use(model, named: Self.network, frozen: frozen, fixed: frozen ? [] : norms)
      let output = graph.apply(network, to: x).output
      let loss = graph.crossEntropy(output, targets: Self.targets, name: Self.loss)
      return TrainingPlan(
        graph, minimising: [(loss, 1)], optimiser: .sgd(), schedule: .constant(rate: 0), threads: threads,
        inputGradients: frozen ? [Self.images] : [])
    }
    learning = try plan(frozen: false)
    seeing = try plan(frozen: true)
    names = learning.gradients(of: Self.network).keys.sorted()
  }

  /// Takes over the weights of a network of the same definition.
  func load(_ model: Model) {
    tensors = model.tensors
    learning.load(model, as: Self.network)
    moveBack()
  }

  /// One image's share is q: the gradient by its logits is Σq · softmax − q. Rows of zeros add nothing.
  static func targets(labels: [Int], classes: Int) -> [Float] {
    var rows = [Float](repeating: 0, count: labels.count * classes)
    for (row, label) in labels.enumerated() { rows[row * classes + label] = 1 }
    return rows
  }

  /// ∇θ of the mean cross-entropy, and that mean, of at most `batch` images.
  /// - Parameters:
  ///   - images: (count, C, H, W), 0 … 255.
  ///   - targets: (count, K).
  func byWeights(_ images: [Float], _ targets: [Float]) -> (gradient: WeightGradient, loss: Double) {
    let scale = run(learning, images, targets)
    let gradients = learning.gradients(of: Self.network)
    var values: [Float] = []
    for name in names {
      guard let tensor = gradients[name] else { preconditionFailure("\(name) is learned") }
      values += scale == 1 ? tensor.values : tensor.values.map { scale * $0 }
    }
    return (WeightGradient(values: values), Double(scale) * learning.loss(Self.loss))
  }

  /// The derivative by each image of the mean cross-entropy of these images, (count, C, H, W), images in [0, 1].
  func byImages(_ images: [Float], _ targets: [Float]) -> [Float] {
    if isMoved { moveBack() }
    return derivative(images, targets)
  }

  private func derivative(_ images: [Float], _ targets: [Float]) -> [Float] {
    let scale = run(seeing, images, targets)
    return seeing.inputGradient(Self.images).prefix(images.count).map { scale * $0 }
  }

  /// ∂/∂images of ⟨∇θ L(images; θ), v⟩ for the mean cross-entropy L, by a central difference of first-order gradients:
  /// (∇ₓL(θ + hv) − ∇ₓL(θ − hv)) / 2h.
  /// - Parameter v: not zero.
  /// - Source: METHODS §2
  func byImages(_ images: [Float], _ targets: [Float], along v: WeightGradient) -> [Float] {
    let h = Self.reach / v.norm
    load(moved: v, by: h)
    var result = derivative(images, targets)
    load(moved: v, by: -h)
    let below = derivative(images, targets)
    let scale = Float(1 / (2 * h))
    for place in result.indices { result[place] = (result[place] - below[place]) * scale }
    return result
  }

  /// How far the weights are moved, ‖hv‖: Float32 gradients are exact to about 1e-6 of themselves, and what a network does
  /// bends little within a hundredth of a weight's usual length (the golden of the central difference).
  private static let reach = 0.01

  private func load(moved v: WeightGradient, by h: Double) {
    var moved = tensors
    var start = 0
    for name in names {
      guard var tensor = tensors[name] else { preconditionFailure("\(name) is a tensor of the network") }
      for place in tensor.values.indices {
        tensor.values[place] = Float(Double(tensor.values[place]) + h * Double(v.values[start + place]))
      }
      start += tensor.values.count
      moved[name] = tensor
    }
    seeing.load(moved, of: definition.json, as: Self.network)
    isMoved = true
  }

  private func moveBack() {
    seeing.load(tensors, of: definition.json, as: Self.network)
    isMoved = false
  }

  /// - Returns: by what the plan's results are multiplied, whose mean is over the batch.
  private func run(_ plan: TrainingPlan, _ images: [Float], _ targets: [Float]) -> Float {
    let count = images.count / shape.count
    precondition(
      count > 0 && count <= batch && targets.count == count * classes, "a pass has images, and targets for each")
    let missing = batch - count
    plan.setFineImages(Self.images, images + [Float](repeating: 0, count: missing * shape.count))
    plan.setTargets(Self.targets, targets + [Float](repeating: 0, count: missing * classes))
    plan.computeGradients()
    return Float(batch) / Float(count)
  }
}
