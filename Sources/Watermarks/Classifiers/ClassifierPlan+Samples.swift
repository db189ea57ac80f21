package import Datasets
import Foundations
package import Networks

/// Called now and then while many images are asked about, with how many are done of all. What it throws ends the pass.
package typealias ImageReport = (_ done: Int, _ total: Int) throws -> Void

extension ClassifierPlan {
  /// How many of the samples are classified right.
  package func correct(_ samples: SampleCache, onProgress: ImageReport) rethrows -> Int {
    var correct = 0
    try samples.inPieces(onProgress: onProgress) { images, range in
      correct += evaluate(images.span, labels: range.map { Int(samples.labels[$0]) }).correct
    }
    return correct
  }

  /// Share of the samples that are classified right, in [0, 1].
  package func accuracy(on samples: SampleCache, onProgress: ImageReport) rethrows -> Double {
    Double(try correct(samples, onProgress: onProgress)) / Double(samples.count)
  }

  /// The predicted class of every sample.
  package func predictions(of samples: SampleCache, onProgress: ImageReport) rethrows -> [Int] {
    var classes: [Int] = []
    try samples.inPieces(onProgress: onProgress) { images, range in
      classes += predictions(logits(images.span, count: range.count))
    }
    return classes
  }
}

extension SampleCache {
  /// Images at once: enough to keep every thread busy, and few enough that a wide network is heard of.
  private static var piece: Int { 512 }

  /// Hands out all samples, some at a time; what is computed of an image depends on no other.
  package func inPieces(
    onProgress: ImageReport, _ body: (_ images: [UInt8], _ range: Range<Int>) -> Void
  ) rethrows {
    for start in stride(from: 0, to: count, by: Self.piece) {
      let range = start..<min(count, start + Self.piece)
      body(Array(pixels[range.lowerBound * shape.bytes..<range.upperBound * shape.bytes]), range)
      try onProgress(range.upperBound, count)
    }
  }
}
