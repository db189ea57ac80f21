import Datasets
package import Foundations
import NeuralNet

/// What somebody may do to a query before the model sees it, in the hope that the mark does not survive.
package enum ImageTransform: Hashable, Sendable {
  /// Written as JPEG of this quality, 1 … 100, with chroma at half the resolution (4:2:0), and read again.
  case jpeg(quality: Int)
  /// Down to a share of both sides, and up again.
  case resize(share: Double)
  /// The middle, a share of both sides, and up again.
  case crop(share: Double)
  /// σ in pixels.
  case blur(sigma: Double)
  /// Normal, σ in 1/255.
  case noise(sigma: Double)
  /// Rounded to the nearest of 2^n levels from black to white.
  /// - Source: Xu, Evans & Qi 2018 (Feature Squeezing), colour depth
  case bits(Int)

  /// What `init(_:)` reads, for messages.
  package static let forms = "jpeg:QUALITY, resize:SHARE, crop:SHARE, blur:SIGMA, noise:SIGMA, bits:COUNT"

  /// The usual ones, weak to strong.
  package static let usual: [ImageTransform] = [
    .jpeg(quality: 90), .jpeg(quality: 75), .jpeg(quality: 50), .resize(share: 0.75), .resize(share: 0.5),
    .crop(share: 0.875), .blur(sigma: 0.5), .blur(sigma: 1),
    .noise(sigma: 4), .noise(sigma: 8), .bits(6), .bits(4),
  ]

  /// A transformation as NAME:PARAMETER, such as "blur:1.5"; nil for an unknown name or a parameter out of range.
  package init?(_ text: String) {
    let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, let value = Double(parts[1]), value.isFinite, value > 0 else { return nil }
    switch parts[0] {
    case "jpeg":
      guard let quality = Int(exactly: value), 1...100 ~= quality else { return nil }
      self = .jpeg(quality: quality)
    case "resize" where value <= 1: self = .resize(share: value)
    case "crop" where value <= 1: self = .crop(share: value)
    case "blur" where value <= 100: self = .blur(sigma: value)
    case "noise" where value <= 255: self = .noise(sigma: value)
    case "bits":
      guard let count = Int(exactly: value), 1...8 ~= count else { return nil }
      self = .bits(count)
    default: return nil
    }
  }

  /// The function on (count, C, H, W) bytes. Calls in the same order give the same bytes.
  /// - Parameter seed: decides the noise.
  package func change(of shape: ImageShape, seed: UInt64) -> (_ images: [UInt8], _ count: Int) throws ->
    [UInt8]
  {
    switch self {
    case .jpeg(let quality):
      return { images, count in
        var output: [UInt8] = []
        output.reserveCapacity(images.count)
        for image in 0..<count {
          let image = images[image * shape.bytes..<(image + 1) * shape.bytes]
          let file = JPEGImage(planar: image, shape: shape).encoded(quality: quality, chromaStep: 2)
          output += try JPEGImage(decoding: file).planar()
        }
        return output
      }
    case .resize(let share):
      let (height, width) = (Self.part(share, of: shape.height), Self.part(share, of: shape.width))
      let down = ImageResampling(from: shape, height: height, width: width)
      let up = ImageResampling(
        from: ImageShape(channels: shape.channels, height: height, width: width), height: shape.height,
        width: shape.width)
      return { up(down($0, count: $1), count: $1) }
    case .crop(let share):
      let middle = ImageShape(
        channels: shape.channels, height: Self.part(share, of: shape.height), width: Self.part(share, of: shape.width))
      let up = ImageResampling(from: middle, height: shape.height, width: shape.width)
      return { up(Self.centre($0, count: $1, shape, middle), count: $1) }
    case .blur(let sigma):
      let blur = GaussianBlur(shape, sigma: sigma)
      return { blur($0, count: $1) }
    case .noise(let sigma):
      var stream = RandomStream(seed: seed, stream: "transformation noise")
      return { images, _ in
        images.map { UInt8(max(0, min(255, (Float($0) + Float(sigma) * stream.normal()).rounded()))) }
      }
    case .bits(let count):
      let levels = Self.levels(count)
      return { images, _ in images.map { levels[Int($0)] } }
    }
  }

  private static func part(_ share: Double, of side: Int) -> Int { max(1, Int((share * Double(side)).rounded())) }

  private static func centre(
    _ images: [UInt8], count: Int, _ shape: ImageShape, _ part: ImageShape
  ) -> [UInt8] {
    let (top, left) = ((shape.height - part.height) / 2, (shape.width - part.width) / 2)
    var output: [UInt8] = []
    output.reserveCapacity(count * part.bytes)
    for plane in 0..<count * shape.channels {
      for y in 0..<part.height {
        let start = (plane * shape.height + top + y) * shape.width + left
        output += images[start..<start + part.width]
      }
    }
    return output
  }

  /// The value that each byte becomes: the nearest level, in whole numbers.
  private static func levels(_ bits: Int) -> [UInt8] {
    let highest = (1 << bits) - 1
    return (0...255).map { value in
      let level = (2 * value * highest + 255) / 510
      return UInt8((2 * level * 255 + highest) / (2 * highest))
    }
  }
}

extension ImageTransform: CustomStringConvertible {
  /// As `init(_:)` reads it.
  package var description: String {
    func text(_ value: Double) -> String { Int(exactly: value).map(String.init) ?? "\(value)" }
    return switch self {
    case .jpeg(let quality): "jpeg:\(quality)"
    case .resize(let share): "resize:\(text(share))"
    case .crop(let share): "crop:\(text(share))"
    case .blur(let sigma): "blur:\(text(sigma))"
    case .noise(let sigma): "noise:\(text(sigma))"
    case .bits(let count): "bits:\(count)"
    }
  }
}
