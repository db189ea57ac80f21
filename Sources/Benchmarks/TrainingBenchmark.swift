import Networks
import NeuralNet

/// A classifier's step of SGD on a batch of bytes.
enum TrainingBenchmark {
  static func cases(threads: Int) -> [BenchmarkCase] {
    let narrow = NetworkCase.classifier("resnet18", width: 16)
    return NetworkCase.classifiers.map { benchmark($0) }
      + ThreadCounts.below(threads).compactMap { count in narrow.map { benchmark($0, threads: count) } }
  }

  private static func benchmark(_ network: NetworkCase, threads: Int? = nil) -> BenchmarkCase {
    BenchmarkCase(
      "training/\(network.name)" + ThreadCounts.suffix(threads), unit: .images, threads: threads,
      isLong: network.isLong || !["cnn", "resnet18"].contains(network.definition.architecture)
    ) { threads in
      let model = try network.model()
      let trainer = try ClassifierTrainer(
        model, batch: network.batch, threads: threads,
        optimiser: .sgd(momentum: 0.9, nesterov: true, weightDecay: 5e-4), schedule: .constant(rate: 0.05))
      let (images, labels) = (network.images(), network.labels())
      return Trial(
        work: Double(network.batch),
        run: { _ = trainer.step(images: images.span, labels: labels) }, parameters: model.numbers)
    }
  }
}
