/// Every carrier that a key can be drawn from, in a fixed order: directions and periods on a grid, each in every colour.
/// - Source: METHODS §7
package struct CarrierBook: Sendable {
  private let entries: [Carrier]

  /// Brightness, and the three ways to set one channel against the others: any two share a third of their energy.
  private static let colours: [[Double]] = [[1, 1, 1], [1, -1, 1], [1, -1, -1], [1, 1, -1]]

  /// - Parameter channels: 1 or 3.
  package init(_ form: CarrierForm, channels: Int) {
    let colours = channels == 3 ? Self.colours : [[1]]
    // Half a step inside both ends, where no grating is its own mirror image and f is not 1 − f.
    let frequencies = stride(from: form.spacing / 2, through: 0.5 - form.spacing / 2, by: form.spacing)
    var entries: [Carrier] = []
    for down in frequencies {
      for right in frequencies where (right * right + down * down).squareRoot() >= form.lowest {
        for across in form.hasDirections ? [right, -right] : [right] {
          entries += colours.map {
            Carrier(across: across, down: down, isMirrored: !form.hasDirections, colour: $0)
          }
        }
      }
    }
    self.entries = entries
  }

  package var count: Int { entries.count }

  package subscript(entry: Int) -> Carrier { entries[entry] }
}
