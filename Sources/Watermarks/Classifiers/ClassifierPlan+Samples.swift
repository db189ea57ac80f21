package import Datasets
package import NeuralNet

extension ClassifierPlan {
  /// How many of the samples are classified right.
  package func correct(_ samples: SampleCache) -> Int {
    let pixels = samples.pixels
    return evaluate(pixels.span, labels: samples.labels.map(Int.init)).correct
  }

  /// Share of the samples that are classified right, in [0, 1].
  package func accuracy(on samples: SampleCache) -> Double { Double(correct(samples)) / Double(samples.count) }
}
