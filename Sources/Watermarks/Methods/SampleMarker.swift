package import Datasets

/// Puts the marks of one release on samples.
package protocol SampleMarker {
  /// What is released.
  /// - Parameters:
  ///   - pixels: of each sample (C, H, W).
  ///   - batch: indices in the archive, classes and shapes; a mark may lie differently on each.
  /// - Throws: `NeuralNetError.noMemory`.
  func mark(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8]

  /// What might have been released just as well: the same key, the sample's other coin. Nil for marks that have nothing to
  /// draw for a sample.
  /// - Source: METHODS §5.2
  func markTwins(_ pixels: [UInt8], _ batch: MarkerBatch) throws -> [UInt8]?

  /// A question: samples as networks see them, all of the generator’s shape, under one carrier, the key’s own below
  /// `KeySpace.size`, decoys from there. Marks without a key
  /// count as one carrier.
  func mark(_ pixels: [UInt8], samples: [Int], carrier number: Int) -> [UInt8]
}

extension SampleMarker {
  /// The key's first carrier, which is all that there is of a key of one and of marks without a key; on samples of the
  /// generator's shape (`MethodDeclaration.takesAnySize`).
  package func mark(_ pixels: [UInt8], _ batch: MarkerBatch) -> [UInt8] {
    mark(pixels, samples: batch.indices, carrier: 0)
  }

  package func markTwins(_ pixels: [UInt8], _ batch: MarkerBatch) -> [UInt8]? { nil }
}
