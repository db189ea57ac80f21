package import Datasets
package import NeuralNet

extension ClassifierPlan {
  /// How many of the samples are classified right.
  package func correct(_ samples: SampleCache) -> Int {
    let pixels = samples.pixels
    return evaluate(pixels.span, labels: samples.labels.map(Int.init)).correct
  }
}
