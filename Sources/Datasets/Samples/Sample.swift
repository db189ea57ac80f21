package import Foundations

/// One decoded image of a dataset.
package struct Sample: Sendable, Equatable {
  /// Its place among all samples in stream order, from 0: what identifies it everywhere.
  package let index: Int
  package let split: Split
  /// Class index, below the number of classes.
  package let label: Int
  /// Name of the archive member that holds it.
  package let member: String
  /// Where in that member, expanded if it is gzip, its first pixel is, bytes; 0 for an image file.
  package let offset: Int
  package let shape: ImageShape
  /// (C, H, W), row-major.
  package let pixels: [UInt8]
  /// What its file holds of them beside these.
  var unseen = UnseenPixels()
}

/// An image file that is not read and is left as it is.
package struct SkippedSample: Codable, Sendable, Equatable {
  package let member: String
  package let reason: String
}

/// The part of a dataset that a sample belongs to.
package enum Split: UInt8, Sendable, CaseIterable {
  case train
  case validation
  case test
}

extension Split: CustomStringConvertible {
  package var description: String {
    switch self {
    case .train: "train"
    case .validation: "validation"
    case .test: "test"
    }
  }
}
