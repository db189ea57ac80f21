/// Every carrier that a key can be drawn from, in a fixed order: directions and periods on a grid, each in every colour.
/// - Source: METHODS §7 and §8
package struct CarrierBook: Sendable {
  private let entries: [Carrier]

  /// Ways to colour a grating, +1 or −1 for each channel: brightness, and the three ways to set one channel against the
  /// others. Any two of them share a third of their energy. Grey images have one.
  package enum Colour: String, Codable, Sendable, CaseIterable {
    case brightness
    case greenMagenta = "green-magenta"
    case redCyan = "red-cyan"
    case yellowBlue = "yellow-blue"

    fileprivate var signs: [Double] {
      switch self {
      case .brightness: [1, 1, 1]
      case .greenMagenta: [1, -1, 1]
      case .redCyan: [1, -1, -1]
      case .yellowBlue: [1, 1, -1]
      }
    }
  }

  /// - Parameters:
  ///   - channels: 1 or 3.
  ///   - spacing: distance of neighbouring entries, cycles a pixel.
  ///   - lowest: the least distance from the mean brightness, cycles a pixel.
  ///   - hasDirections: whether a grating and its mirror image are two entries.
  package init(spacing: Double, lowest: Double, hasDirections: Bool, colours: [Colour], channels: Int) {
    let colours = channels == 3 ? colours.map(\.signs) : [[1]]
    // Half a step inside both ends, where no grating is its own mirror image and f is not 1 − f.
    let frequencies = stride(from: spacing / 2, through: 0.5 - spacing / 2, by: spacing)
    var entries: [Carrier] = []
    for down in frequencies {
      for right in frequencies where (right * right + down * down).squareRoot() >= lowest {
        for across in hasDirections ? [right, -right] : [right] {
          entries += colours.map { Carrier(across: across, down: down, isMirrored: !hasDirections, colour: $0) }
        }
      }
    }
    self.entries = entries
  }

  package var count: Int { entries.count }

  package subscript(entry: Int) -> Carrier { entries[entry] }
}
