/// A few marked samples, each before and after marking and their difference.
package struct SampleSheetView: Sendable {
  package struct Sample: Sendable {
    let index: Int
    let original: String?
    let marked: String
    let difference: String?

    /// PNG files in base64.
    package init(index: Int, original: String?, marked: String, difference: String?) {
      self.index = index
      self.original = original
      self.marked = marked
      self.difference = difference
    }
  }

  private let samples: [Sample]
  /// What differences are multiplied by.
  private let factor: Int

  package init(samples: [Sample], factor: Int) {
    self.samples = samples
    self.factor = factor
  }

  var markup: Markup {
    let legend =
      samples.contains { $0.original != nil }
      ? "From left to right: the original, what is released, and \(factor) times their difference around grey."
      : "Marked samples as they are released; the archive before marking was not at hand."
    return """
      <p class="soft small">\(legend) These images tell which samples are marked: keep them private.</p>
      <div class="sheet">\(samples.map(figure))</div>
      """
  }

  private func figure(_ sample: Sample) -> Markup {
    let images = [("original", sample.original), ("marked", sample.marked), ("difference", sample.difference)]
      .compactMap {
        name, data -> Markup? in
        data.map { "<img src=\"data:image/png;base64,\($0)\" alt=\"sample \(sample.index), \(name)\" />" }
      }
    return """
      <figure><div class="row">\(images)</div><figcaption>sample \(sample.index)</figcaption></figure>
      """
  }
}
