import Foundation
package import NeuralNet

/// One key's carrier: ±1 for every value of an image, the sign of a sum of gratings.
///
/// Each sample shows every grating in a phase of its own and as itself or its mirror image, so that the mean of many marked
/// samples shows nothing and a mirrored training image still carries the mark.
/// - Source: METHODS §7
package struct Carrier: Sendable, Equatable {
  private struct Grating: Equatable {
    /// Cycles a pixel, to the right and downwards, both ≥ 0.
    var across: Double
    var down: Double
    /// +1 or −1 for each channel.
    var colour: [Double]
  }

  private let gratings: [Grating]
  private let channels: Int

  /// Brightness, and the three ways to set one channel against the others.
  private static let colours: [[Double]] = [[1, 1, 1], [1, -1, 1], [1, -1, -1], [1, 1, -1]]

  /// - Parameters:
  ///   - key: `form.words` uniformly random words.
  ///   - channels: 1 or 3.
  package init(key: [UInt64], channels: Int, form: CarrierForm) {
    precondition(key.count == form.words, "a carrier takes \(form.words) words")
    self.channels = channels
    let lowest = 1 / form.longestPeriod
    let highest = 1 / form.shortestPeriod
    gratings = stride(from: 0, to: key.count, by: CarrierForm.wordsPerGrating).map { first in
      let frequency = lowest + (highest - lowest) * Self.share(key[first])
      let angle = Self.share(key[first + 1]) * .pi / 2
      let colour = Self.colours[Int(key[first + 2] % UInt64(Self.colours.count))]
      return Grating(
        across: frequency * cos(angle), down: frequency * sin(angle),
        colour: channels == 3 ? colour : [Double](repeating: 1, count: channels))
    }
  }

  /// Appends the carrier of one image, (C, H, W), 255 for +1 and 0 for −1.
  /// - Parameter lots: one uniformly random word a grating at least, drawn for this key and sample.
  package func append(_ lots: [UInt64], shape: ImageShape, to planes: inout [UInt8]) {
    precondition(shape.channels == channels && lots.count >= gratings.count, "one lot a grating")
    var waves: [[Double]] = []
    for (grating, lot) in zip(gratings, lots) {
      let phase = Self.share(lot) * 2 * .pi
      // The lowest bit is too small to move the phase.
      let across = lot & 1 == 1 ? -grating.across : grating.across
      var wave: [Double] = []
      wave.reserveCapacity(shape.height * shape.width)
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          wave.append(sin(2 * .pi * (across * Double(x) + grating.down * Double(y)) + phase))
        }
      }
      waves.append(wave)
    }
    for channel in 0..<channels {
      for position in 0..<shape.height * shape.width {
        var sum = 0.0
        for (index, grating) in gratings.enumerated() { sum += grating.colour[channel] * waves[index][position] }
        planes.append(sum < 0 ? 0 : 255)
      }
    }
  }

  /// A word as a number in [0, 1).
  private static func share(_ word: UInt64) -> Double { Double(word >> 11) * 0x1p-53 }
}
