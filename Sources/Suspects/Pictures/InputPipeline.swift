/// What is done to our image before it is sent: part of every transcript, so that it can be done again.
package struct InputPipeline: Codable, Sendable, Hashable {
  package var source: ImageSize
  package var height: Int
  package var width: Int
  /// "none" or "bilinear-half-pixel".
  package var resize: String
  package var layout: InputForm.Layout
  package var element: InputForm.Element
  package var carrier: InputForm.Carrier
  package var scale: Double
  package var mean: [Double]
  package var deviation: [Double]

  /// - Parameters:
  ///   - form: what is known, from the configuration or else from metadata.
  ///   - carrier: what the protocol sends unless the configuration says otherwise.
  /// - Throws: `SuspectError.configuration`.
  init(source: ImageSize, form: InputForm, carrier: InputForm.Carrier, suspect: String) throws {
    func refuse(_ key: String, _ reason: String) -> SuspectError {
      .configuration(suspect: suspect, key: key, reason: reason)
    }
    self.source = source
    height = form.height ?? source.height
    width = form.width ?? source.width
    guard (1...Self.longestSide).contains(height), (1...Self.longestSide).contains(width) else {
      throw refuse("input", "\(height)×\(width) is no size of 1 to \(Self.longestSide)")
    }
    resize = height == source.height && width == source.width ? "none" : "bilinear-half-pixel"
    layout = form.layout ?? .chw
    element = form.element ?? .float32
    self.carrier = form.carrier ?? carrier
    scale = element == .uint8 ? 1 : form.scale ?? 1 / 255
    mean = form.mean
    deviation = form.deviation
    guard scale.isFinite, scale > 0 else { throw refuse("scale", "it has to be above 0") }
    for (key, values) in [("mean", mean), ("deviation", deviation)] where !values.isEmpty {
      guard values.count == source.channels, values.allSatisfy(\.isFinite) else {
        throw refuse(key, "one finite number for each of \(source.channels) channels")
      }
      guard element == .float32, self.carrier == .tensor else {
        throw refuse(key, "only float32 tensors are normalised")
      }
    }
    guard deviation.allSatisfy({ $0 > 0 }) else { throw refuse("deviation", "it has to be above 0") }
  }

  /// Three million numbers for a colour image; what metadata ask for is bounded before memory for it is taken.
  static let longestSide = 1024

  /// Without its batch axis.
  var shape: [Int] {
    layout == .chw ? [source.channels, height, width] : [height, width, source.channels]
  }
}
