import Networks
import NeuralNet

/// A generator's step of Adam: the U-Net's images through a frozen classifier, with the three losses of the method.
///
/// - Source: SSCL-BW eqs. 3–6, as `GeneratorTraining` takes them.
enum GeneratorBenchmark {
  static func cases(threads: Int) -> [BenchmarkCase] {
    let unet = NetworkCase.unet(width: 32, size: 32, batch: 64)
    let classifiers = [16, 64].compactMap { NetworkCase.classifier("resnet18", width: $0) }
    return classifiers.map { benchmark(unet, through: $0) }
      + ThreadCounts.below(threads).flatMap { count in
        classifiers.prefix(1).map { benchmark(unet, through: $0, threads: count) }
      }
  }

  private static func benchmark(
    _ unet: NetworkCase, through classifier: NetworkCase, threads: Int? = nil
  ) -> BenchmarkCase {
    let generator = "w\(unet.definition.width)/d\(unet.definition.depth)"
    let size = "\(NetworkCase.text(unet.definition.input))/batch\(unet.batch)"
    return BenchmarkCase(
      "generator/\(generator)/\(classifier.network)/\(size)" + ThreadCounts.suffix(threads), unit: .images,
      threads: threads, isLong: classifier.definition.width > 16
    ) { threads in
      let model = try unet.model()
      let plan = try plan(model, through: classifier.model(), batch: unet.batch, threads: threads)
      let (images, labels) = (unet.images(), unet.labels())
      return Trial(
        work: Double(unet.batch),
        run: {
          plan.setImages("images", images.span)
          plan.setLabels("labels", labels)
          plan.step()
        }, parameters: model.numbers)
    }
  }

  private static func plan(
    _ network: Model, through classifier: Model, batch: Int, threads: Int
  ) throws -> TrainingPlan {
    var graph = Graph(batch: batch)
    let x = graph.images("images", shape: network.definition.input)
    let generator = try graph.use(network, named: "generator", frozen: false)
    let f = try graph.use(classifier, named: "surrogate", frozen: true)
    let marked = graph.perturb(x, by: graph.apply(generator, to: x).output, epsilon: InferenceBenchmark.epsilon)
    let clean = graph.apply(f, to: x)
    let seen = graph.apply(f, to: marked)
    let target = graph.crossEntropy(seen.output, labels: "labels", weights: "target weights", name: "target")
    let other = graph.crossEntropy(seen.output, labels: "labels", weights: "other weights", name: "other")
    let look = graph.featureDistance(seen.taps, clean.taps, name: "perceptual")
    let plan = TrainingPlan(
      graph, minimising: [(target, 1), (other, 1), (look, 1)], optimiser: .adam(), schedule: .constant(rate: 1e-3),
      threads: threads)
    let half = batch / 2
    plan.setWeights("target weights", (0..<batch).map { $0 < half ? 1 / Float(half) : 0 })
    plan.setWeights("other weights", (0..<batch).map { $0 < half ? 0 : 1 / Float(batch - half) })
    return plan
  }
}
