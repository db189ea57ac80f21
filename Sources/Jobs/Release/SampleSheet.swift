package import Foundation

/// A few marked samples for people to look at (docs/formats, "Vault"): PNG files, in JSON as base64.
package struct SampleSheet: Codable, Sendable, Equatable {
  package struct Sample: Codable, Sendable, Equatable {
    package var index: Int
    /// Nil where the archive before marking was not at hand.
    package var original: Data?
    package var marked: Data
    /// (marked − original) · `factor` around mid grey.
    package var difference: Data?

    package init(index: Int, original: Data?, marked: Data, difference: Data?) {
      self.index = index
      self.original = original
      self.marked = marked
      self.difference = difference
    }
  }

  package static let format = "dandyroll-sheet/1"

  package var format = Self.format
  package var factor: Int
  package var samples: [Sample]

  package init(factor: Int, samples: [Sample]) {
    self.factor = factor
    self.samples = samples
  }
}
