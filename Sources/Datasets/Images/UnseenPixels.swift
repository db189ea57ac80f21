import Foundations

/// What a PNG file holds of its pixels beside the 8 bits of colour that networks see, and that stays as it is bit for bit:
/// transparency, and the lower bytes of 16-bit values. Empty for everything else.
///
/// Programs that read a picture as 8-bit colour mostly drop both: of a 16-bit value they take the upper byte (libpng's
/// `png_set_strip_16`), of a transparent pixel its colour as it is stored.
struct UnseenPixels: Sendable, Equatable {
  /// (H, W): of 16 bits the upper bytes.
  private(set) var alpha: [UInt8] = []
  /// (C, H, W), and (H, W) of alpha; empty where values have 8 bits.
  private(set) var lowerColours: [UInt8] = []
  private(set) var lowerAlpha: [UInt8] = []

  init() {}

  /// - Parameters:
  ///   - samples: (H, W, C or C + 1) values of `depth` bits, most significant byte first; alpha comes last.
  ///   - channels: C.
  init(interleaved samples: [UInt8], channels: Int, hasAlpha: Bool, depth: Int) {
    let bytes = depth / 8
    let step = (channels + (hasAlpha ? 1 : 0)) * bytes
    func plane(_ value: Int, byte: Int) -> [UInt8] {
      stride(from: value * bytes + byte, to: samples.count, by: step).map { samples[$0] }
    }
    if hasAlpha { alpha = plane(channels, byte: 0) }
    guard bytes == 2 else { return }
    lowerColours = (0..<channels).flatMap { plane($0, byte: 1) }
    if hasAlpha { lowerAlpha = plane(channels, byte: 1) }
  }

  var isEmpty: Bool { alpha.isEmpty && lowerColours.isEmpty }

  /// What it takes in memory.
  var bytes: Int { alpha.count + lowerColours.count + lowerAlpha.count }

  /// Of a grey image that becomes a colour image with three equal channels.
  var inColour: Self {
    var other = self
    other.lowerColours = lowerColours + lowerColours + lowerColours
    return other
  }

  /// The PNG file.
  /// - Parameter colours: (C, H, W), what networks see.
  func encoded(with colours: ArraySlice<UInt8>, _ shape: ImageShape) -> [UInt8] {
    guard !isEmpty else { return PNGImage(planar: colours, shape: shape).encoded() }
    let area = shape.height * shape.width
    let colours = Array(colours)
    let isDeep = !lowerColours.isEmpty
    var samples: [UInt8] = []
    samples.reserveCapacity(colours.count + bytes)
    for pixel in 0..<area {
      for channel in 0..<shape.channels {
        samples.append(colours[channel * area + pixel])
        if isDeep { samples.append(lowerColours[channel * area + pixel]) }
      }
      if !alpha.isEmpty { samples.append(alpha[pixel]) }
      if !lowerAlpha.isEmpty { samples.append(lowerAlpha[pixel]) }
    }
    return PNGImage.encoded(
      samples, width: shape.width, height: shape.height, channels: shape.channels + (alpha.isEmpty ? 0 : 1),
      depth: isDeep ? 16 : 8)
  }
}

// MARK: - Pixels that nobody sees

extension UnseenPixels {
  // A pixel is fully transparent if the upper byte of its alpha is 0: to programs with 8 bits it is.

  /// Whether so few pixels are other than fully transparent that next to nothing would be left of a mark: fewer than one in
  /// sixteen.
  var isFaint: Bool { !alpha.isEmpty && alpha.count { $0 > 0 } * 16 < alpha.count }

  /// Gives fully transparent pixels the colours that they had: on a plain ground that nobody looks at the mark would
  /// stand alone.
  /// - Parameters:
  ///   - pixels: (C, H, W) in `range`.
  ///   - original: (C, H, W) before.
  func restoreHidden(in pixels: inout [UInt8], _ range: Range<Int>, from original: [UInt8]) {
    guard !alpha.isEmpty else { return }
    for pixel in alpha.indices where alpha[pixel] == 0 {
      for place in stride(from: pixel, to: original.count, by: alpha.count) {
        pixels[range.lowerBound + place] = original[place]
      }
    }
  }

  /// Whether fully transparent pixels have the same colours.
  func keepsHidden(of original: [UInt8], in pixels: [UInt8]) -> Bool {
    alpha.isEmpty
      || alpha.indices.allSatisfy { pixel in
        alpha[pixel] > 0
          || stride(from: pixel, to: original.count, by: alpha.count).allSatisfy { pixels[$0] == original[$0] }
      }
  }
}
