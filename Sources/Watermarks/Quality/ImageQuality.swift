package import Datasets
import Foundation
package import Foundations

/// How far marked images are from their originals, gathered sample by sample.
package struct ImageQuality: Sendable {
  /// Largest change of one value, in 1/255.
  package private(set) var largestChange = 0
  package private(set) var images = 0
  private var shape: ImageShape
  private var peakSignalToNoise = 0.0
  private var structuralSimilarity: StructuralSimilarity
  private var similarity = 0.0

  package init(_ shape: ImageShape) {
    self.shape = shape
    structuralSimilarity = StructuralSimilarity(shape)
  }

  /// Adds images of any shapes, each (C, H, W), one after the other.
  package mutating func add(originals: [UInt8], marked: [UInt8], _ batch: MarkerBatch) {
    for position in 0..<batch.count {
      let shape = batch.shapes[position]
      if shape != self.shape {
        self.shape = shape
        structuralSimilarity = StructuralSimilarity(shape)
      }
      let bytes = batch.bytes(of: position)
      add(originals: Array(originals[bytes]), marked: Array(marked[bytes]), images: 1)
    }
  }

  /// Adds `count` images given as 8-bit values (count, C, H, W).
  package mutating func add(originals: [UInt8], marked: [UInt8], images count: Int) {
    let size = shape.bytes
    precondition(originals.count == marked.count && originals.count == count * size, "whole images")
    for first in stride(from: 0, to: originals.count, by: size) {
      var squares = 0
      for position in first..<first + size {
        let change = abs(Int(originals[position]) - Int(marked[position]))
        largestChange = max(largestChange, change)
        squares += change * change
      }
      // An unchanged image has no noise; it counts as a change of one value by 1, the least that 8 bits can show.
      peakSignalToNoise += 10 * log10(255 * 255 * Double(size) / Double(max(squares, 1)))
      similarity += structuralSimilarity(originals.span, marked.span, from: first)
    }
    images += count
  }

  /// PSNR in dB, the mean over images; 0 without images.
  package var meanPSNR: Double { images == 0 ? 0 : peakSignalToNoise / Double(images) }

  /// SSIM, the mean over images; 0 without images.
  package var meanSSIM: Double { images == 0 ? 0 : similarity / Double(images) }
}
