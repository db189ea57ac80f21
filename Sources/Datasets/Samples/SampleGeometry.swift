package import Foundations

/// How large the samples of a dataset are.
package enum SampleGeometry: Sendable, Equatable {
  case uniform(ImageShape)
  /// Image files of many sizes: grey or colour images all, and the sides of sample n.
  case varied(channels: Int, sides: [Sides])

  /// Of one image, pixels.
  package struct Sides: Sendable, Hashable {
    let height: UInt32
    let width: UInt32

    init(height: UInt32, width: UInt32) {
      self.height = height
      self.width = width
    }

    fileprivate init(_ shape: ImageShape) {
      // An image file is within `InputLimits.imageSide` and `imagePixels`.
      height = UInt32(shape.height)
      width = UInt32(shape.width)
    }

    fileprivate func shape(channels: Int) -> ImageShape {
      ImageShape(channels: channels, height: Int(height), width: Int(width))
    }

    fileprivate var shorter: Int { Int(min(height, width)) }
  }

  package var channels: Int {
    switch self {
    case .uniform(let shape): shape.channels
    case .varied(let channels, _): channels
    }
  }

  /// Of all samples, if it is one.
  package var shape: ImageShape? {
    if case .uniform(let shape) = self { shape } else { nil }
  }

  func shape(of sample: Int) -> ImageShape {
    switch self {
    case .uniform(let shape): shape
    case .varied(let channels, let sides): sides[sample].shape(channels: channels)
    }
  }

  /// What networks see of the samples where nobody says otherwise: them, or the middle of each at the usual size below the
  /// median of their shorter sides. At least half of the samples then have every pixel that networks see.
  var trainingShape: ImageShape {
    switch self {
    case .uniform(let shape): return shape
    case .varied(let channels, let sides):
      let median = sides.map(\.shorter).sorted()[(sides.count - 1) / 2]
      let side = Self.usualSides.last { $0 <= median } ?? max(8, median / 8 * 8)
      return ImageShape(channels: channels, height: side, width: side)
    }
  }

  private static let usualSides = [32, 64, 128, 224]
}

extension SampleGeometry: CustomStringConvertible {
  package var description: String {
    switch self {
    case .uniform(let shape): return "\(shape)"
    case .varied(let channels, let sides):
      let shorter = sides.map(\.shorter)
      let longer = sides.map { Int(max($0.height, $0.width)) }
      return "\(channels) channels, shorter sides of \(shorter.min() ?? 0) to \(shorter.max() ?? 0), longer ones to "
        + "\(longer.max() ?? 0)"
    }
  }
}

/// Finds the geometry of image files while they stream past. Sides are kept from the first image on that is of another size.
struct GeometryTally {
  private var count = 0
  private var channels = 1
  private var first: SampleGeometry.Sides?
  private var sides: [SampleGeometry.Sides] = []

  mutating func add(_ shape: ImageShape) {
    let found = SampleGeometry.Sides(shape)
    let first = self.first ?? found
    self.first = first
    // One colour image makes it a dataset of colour images.
    channels = max(channels, shape.channels)
    if sides.isEmpty, found != first { sides = [SampleGeometry.Sides](repeating: first, count: count) }
    if !sides.isEmpty { sides.append(found) }
    count += 1
  }

  /// Nil without images.
  var geometry: SampleGeometry? {
    guard let first else { return nil }
    return sides.isEmpty
      ? .uniform(first.shape(channels: channels)) : .varied(channels: channels, sides: sides)
  }
}
