package import Datasets
import Foundations
package import Networks
import NeuralNet

/// Prunes what a classifier's last linear layer reads: the features that benign images hardly use go first, because a
/// mark may sit in them.
/// - Source: Liu, Dolan-Gavitt & Garg 2018 (Fine-Pruning), the pruning defence
package struct LastFeaturePruning {
  /// The d features, least active first; ties by number.
  package let order: [Int]
  private let model: Model
  private let head: String

  /// - Parameter benign: images that the activations are averaged over.
  /// - Throws: `WatermarkError.noHead` for a network that does not end in a linear layer; `noSamples`.
  package init(_ model: Model, benign: SampleCache, threads: Int) throws {
    guard let head = model.definition.headWeight else {
      throw WatermarkError.noHead(architecture: model.definition.architecture)
    }
    guard benign.count > 0 else { throw WatermarkError.noSamples(group: "the benign images") }
    let plan = try ClassifierPlan(model, batch: 64, threads: threads)
    let size = benign.shape.bytes
    var sums = [Double](repeating: 0, count: plan.featureCount)
    for start in stride(from: 0, to: benign.count, by: Self.imagesAtOnce) {
      let count = min(Self.imagesAtOnce, benign.count - start)
      let images = Array(benign.pixels[start * size..<(start + count) * size])
      let features = plan.features(images.span, count: count)
      for (index, value) in features.enumerated() { sums[index % sums.count] += Double(value) }
    }
    self.model = model
    self.head = head
    order = sums.indices.sorted { (sums[$0], $0) < (sums[$1], $1) }
  }

  /// Features in memory at once; it decides no result.
  private static let imagesAtOnce = 512

  /// The model without its ⌊rate · d⌋ least active features: their columns of the last layer are zero.
  /// - Parameter rate: in [0, 1].
  package func model(rate: Double) throws -> Model {
    precondition((0...1).contains(rate), "a rate is a share")
    // A rate of .7 of 10 features is 7 of them, although 0.7 · 10 is a little less than 7 in binary.
    let pruned = order.prefix(Int((rate * Double(order.count) + 1e-9).rounded(.down)))
    var tensors = model.tensors
    guard var weight = tensors[head] else { preconditionFailure("a model has its head") }
    let features = order.count
    for row in 0..<model.definition.classes {
      for feature in pruned { weight.values[row * features + feature] = 0 }
    }
    tensors[head] = weight
    return try Model(model.definition, tensors: tensors)
  }
}
