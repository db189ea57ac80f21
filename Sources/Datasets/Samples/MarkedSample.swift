package import Archives
package import Foundations

/// Samples that are marked together, in stream order.
package struct MarkerBatch: Sendable {
  /// Sample indices, and the class index of each.
  package let indices: [Int]
  package let labels: [UInt16]
  /// (C, H, W) of each sample. Their pixels lie one sample after the other.
  package let shapes: [ImageShape]
  /// Where in those pixels each sample begins, and where the last one ends.
  private let starts: [Int]

  package var count: Int { indices.count }

  package init(indices: [Int], labels: [UInt16], shapes: [ImageShape]) {
    precondition(indices.count == labels.count && indices.count == shapes.count, "a class and a shape for each sample")
    self.indices = indices
    self.labels = labels
    self.shapes = shapes
    starts = shapes.reduce(into: [0]) { starts, shape in starts.append(starts[starts.count - 1] + shape.bytes) }
  }

  /// Samples of one shape.
  package init(indices: [Int], labels: [UInt16], shape: ImageShape) {
    self.init(indices: indices, labels: labels, shapes: [ImageShape](repeating: shape, count: indices.count))
  }

  /// Where the pixels of the sample at a position are.
  package func bytes(of position: Int) -> Range<Int> { starts[position]..<starts[position + 1] }
}

/// What marking did to one sample.
package struct MarkedSample: Sendable, Equatable {
  package let index: Int
  /// The member that holds it, and where in it, expanded if it is gzip, the first pixel is; 0 for an image file.
  package let member: String
  package let offset: Int
  /// The name that the member had before marking, where it has another now.
  package let originalMember: String?
  /// SHA-256 of the (C, H, W) pixel bytes before, and after as whoever reads the archive finds them.
  package let original: HexDigest
  package let marked: HexDigest
}

/// What a rewrite read and wrote.
package struct RewriteResult: Sendable {
  /// SHA-256 of the archive that was read and of the one that was written.
  package let inputDigest: HexDigest
  package let outputDigest: HexDigest
  package let outputBytes: Int
  /// What was written, where that is more than one file.
  package let files: [DatasetFile]
  /// Whether every sample has exactly the pixels that it should have, which one that was written as JPEG has not.
  package let isExact: Bool
  /// What writing them anew changed a pixel value of samples without a mark by at most, in 1/255.
  package let largestUnmarkedChange: Int
  /// Samples that went past, marked or not.
  package let sampleCount: Int
  /// The marked ones, in stream order.
  package let marked: [MarkedSample]
}

/// How an image is written anew that was a JPEG file. One that was a PNG file stays one, under its name.
package enum MarkedJPEG: Sendable, Equatable {
  /// As a PNG file, pixel for pixel, with `.png` at the end of its name.
  case png
  /// As a PNG file under the name that it had.
  case pngKeepingName
  /// As a JPEG file of this quality, 1 … 100, under the name that it had: its pixels are about what they should be.
  case jpeg(quality: Int)
}
