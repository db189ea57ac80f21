/// Between the blocked layout and plain (N, C, H, W), between channel ranges, and zeros.
@usableFromInline
enum Layout<V: Lanes> {
  @inlinable
  static func importBytes(_ bytes: UnsafePointer<UInt8>, _ output: Activation, _ units: Range<Int>) {
    let levels = V(repeating: 255)
    gather(output, units) { V(repeating: 0).replaced($0, $1) { Float(bytes[$0]) } / levels }
  }

  @inlinable
  static func importFloats(_ floats: UnsafePointer<Float>, _ output: Activation, _ units: Range<Int>) {
    gather(output, units) { V(repeating: 0).replaced($0, $1) { floats[$0] } }
  }

  @inlinable
  static func exportBytes(_ input: Activation, _ bytes: UnsafeMutablePointer<UInt8>, _ units: Range<Int>) {
    let levels = V(repeating: 255)
    scatter(input, units, { Perturbation<V>.nearest(V.clamp($0 * levels, .zero, levels)) }) {
      // A NaN is never clamped; it becomes 0 rather than a trap.
      bytes[$0] = $1 == $1 ? UInt8($1) : 0
    }
  }

  @inlinable
  static func exportFloats(_ input: Activation, _ floats: UnsafeMutablePointer<Float>, _ units: Range<Int>) {
    scatter(input, units, { $0 }) { floats[$0] = $1 }
  }

  /// Writes every pixel vector; `pixel` gets the plain indices of its channels: the first, their number and distance.
  @inlinable @inline(__always)
  static func gather(_ output: Activation, _ units: Range<Int>, _ pixel: (PlainPixel, Int) -> V) {
    let lanes = V.scalarCount
    let plane = output.height &* output.width
    output.eachRow(lanes, units) { image, block, y in
      let channels = output.channels(inBlock: block, lanes)
      let first = (image &* output.channels &+ block &* lanes) &* plane &+ y &* output.width
      let target = output.row(image, block, y)
      var x = 0
      while x < output.width {
        pixel(PlainPixel(first: first &+ x, plane: plane), channels).store(target + x &* lanes)
        x &+= 1
      }
    }
  }

  /// Calls `write` with the plain index and value of every real element of `convert`ed pixels.
  @inlinable @inline(__always)
  static func scatter(_ input: Activation, _ units: Range<Int>, _ convert: (V) -> V, _ write: (Int, Float) -> Void) {
    let lanes = V.scalarCount
    let plane = input.height &* input.width
    input.eachRow(lanes, units) { image, block, y in
      let channels = input.channels(inBlock: block, lanes)
      let first = (image &* input.channels &+ block &* lanes) &* plane &+ y &* input.width
      let source = input.row(image, block, y)
      var x = 0
      while x < input.width {
        let vector = convert(V.load(source + x &* lanes))
        var lane = 0
        while lane < channels {
          write(first &+ x &+ lane &* plane, vector[lane])
          lane &+= 1
        }
        x &+= 1
      }
    }
  }

  @inlinable
  static func copyChannels(
    _ input: Activation, _ channels: Range<Int>, _ output: Activation, _ at: Int, _ accumulate: Bool,
    _ units: Range<Int>
  ) {
    precondition(input.images == output.images && input.height == output.height && input.width == output.width)
    precondition(channels.upperBound <= input.channels && at + channels.count <= output.channels)
    let lanes = V.scalarCount
    let aligned = channels.lowerBound % lanes == 0 && at % lanes == 0
    for image in units {
      var done = 0
      while done < channels.count {
        let from = channels.lowerBound &+ done
        let to = at &+ done
        // Whole blocks go as vectors; a block that is shared with other channels goes lane by lane.
        let count = min(channels.count &- done, min(lanes &- from % lanes, lanes &- to % lanes))
        for y in 0..<input.height {
          let source = input.row(image, from / lanes, y) + from % lanes
          let target = output.row(image, to / lanes, y) + to % lanes
          let end = input.width &* lanes
          var x = 0
          if aligned && count == lanes {
            while x < end {
              let value = V.load(source + x)
              (accumulate ? V.load(target + x) + value : value).store(target + x)
              x &+= lanes
            }
          } else {
            while x < end {
              for lane in 0..<count {
                target[x &+ lane] = accumulate ? target[x &+ lane] + source[x &+ lane] : source[x &+ lane]
              }
              x &+= lanes
            }
          }
        }
        done &+= count
      }
    }
  }

  /// Zeros in the planes, halo left as it is.
  @inlinable @inline(__always)
  static func clear(_ activation: Activation, _ units: Range<Int>) {
    activation.eachRow(V.scalarCount, units) { image, block, y in
      fill(activation.row(image, block, y), activation.width)
    }
  }

  @inlinable
  static func clearHalo(_ activation: Activation, _ units: Range<Int>) {
    let halo = activation.halo
    guard halo > 0 else { return }
    let lanes = V.scalarCount
    for image in units {
      for block in 0..<activation.blocks(lanes) {
        for y in (0 &- halo)..<(activation.height &+ halo) {
          let row = activation.row(image, block, y)
          if y < 0 || y >= activation.height {
            fill(row - halo &* lanes, activation.width &+ 2 &* halo)
          } else {
            fill(row - halo &* lanes, halo)
            fill(row + activation.width &* lanes, halo)
          }
        }
      }
    }
  }

  @inlinable @inline(__always)
  static func fill(_ start: UnsafeMutablePointer<Float>, _ pixels: Int) {
    var x = 0
    while x < pixels &* V.scalarCount {
      V.zero.store(start + x)
      x &+= V.scalarCount
    }
  }
}

/// Where a pixel's channels lie in (N, C, H, W).
@usableFromInline
struct PlainPixel {
  @usableFromInline var first: Int
  @usableFromInline var plane: Int

  @inlinable @inline(__always)
  init(first: Int, plane: Int) {
    self.first = first
    self.plane = plane
  }
}

extension Lanes {
  /// Self with its first `count` lanes replaced by the values at a plain pixel.
  @inlinable @inline(__always)
  func replaced(_ pixel: PlainPixel, _ count: Int, _ value: (Int) -> Float) -> Self {
    var result = self
    var lane = 0
    while lane < count {
      result[lane] = value(pixel.first &+ lane &* pixel.plane)
      lane &+= 1
    }
    return result
  }
}
