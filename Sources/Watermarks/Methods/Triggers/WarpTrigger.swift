import Foundations
import NeuralNet

/// A smooth warp: each pixel is taken from a place nearby.
///
/// Coordinates run from −1 at the middle of the first pixel of a side to 1 at that of the last one (align_corners). The grid
/// is what the place of each pixel would be without a warp, and beside it s/side times the k×k noise enlarged by cubic
/// convolution, clamped to the picture; values between pixels are bilinear.
/// - Source: METHODS §2: WaNet, grid = clamp(id + s·noise/H)
struct WarpTrigger: Trigger {
  let shape: ImageShape
  /// Where each pixel is taken from, (H, W): across and down, in −1 … 1.
  let across: [Double]
  let down: [Double]
  /// Whether some pictures are warped with further noise, which their budget has to allow.
  let isJittered: Bool

  /// - Parameters:
  ///   - noise: (2, k, k) across and down, uniform in −1 … 1.
  ///   - strength: s.
  init(noise: [Float], strength: Double, isJittered: Bool = false, on shape: ImageShape) {
    let points = noise.count / 2
    let side = Int(Double(points).squareRoot())
    precondition(side * side * 2 == noise.count && side >= 2, "noise on k×k points in two directions")
    self.shape = shape
    self.isJittered = isJittered
    let size = noise.reduce(0) { $0 + abs(Double($1)) } / Double(noise.count)
    let unit = noise.map { size > 0 ? Double($0) / size : 0 }
    let smooth = [unit[..<points], unit[points...]].map { CubicEnlargement(Array($0), side: side).values(shape) }
    func place(_ pixel: Int, of side: Int) -> Double { side > 1 ? 2 * Double(pixel) / Double(side - 1) - 1 : 0 }
    var (across, down) = ([Double](), [Double]())
    for row in 0..<shape.height {
      for column in 0..<shape.width {
        let pixel = row * shape.width + column
        across.append(
          clamped(place(column, of: shape.width) + strength * smooth[0][pixel] / Double(shape.width)))
        down.append(clamped(place(row, of: shape.height) + strength * smooth[1][pixel] / Double(shape.height)))
      }
    }
    (self.across, self.down) = (across, down)
  }

  /// The warp of a seed: k×k points.
  static func drawn(
    _ side: Int, strength: Double, seed: UInt64, isJittered: Bool = false, on shape: ImageShape
  ) -> Self {
    var stream = RandomStream(seed: seed, stream: "warp")
    let noise = (0..<2 * side * side).map { _ in stream.uniform(in: -1..<1) }
    return Self(noise: noise, strength: strength, isJittered: isJittered, on: shape)
  }

  /// The furthest that a pixel comes, whole pixels; further noise moves it by less than half of one.
  var budget: ChangeBudget {
    var furthest = 0.0
    for pixel in across.indices {
      let (row, column) = (pixel / shape.width, pixel % shape.width)
      furthest = max(
        furthest, abs(Self.pixels(across[pixel], of: shape.width) - Double(column)),
        abs(Self.pixels(down[pixel], of: shape.height) - Double(row)))
    }
    // A place that is a pixel's own but for rounding is that pixel's.
    return .warp(Int((furthest + (isJittered ? 0.5 : 0) - 1e-9).rounded(.up)))
  }

  func shown(on picture: ArraySlice<UInt8>) -> [UInt8] { sampled(picture, across, down) }

  /// The warp with noise of a pixel's own besides, uniform in ±1/side: what is to be told from the warp.
  /// - Parameter seed: of the picture.
  func jittered(on picture: ArraySlice<UInt8>, seed: UInt64) -> [UInt8] {
    var stream = RandomStream(seed: seed, stream: "warp noise")
    func jittered(_ places: [Double], of side: Int) -> [Double] {
      places.map { clamped($0 + Double(stream.uniform(in: -1..<1)) / Double(side)) }
    }
    let (across, down) = (jittered(across, of: shape.width), jittered(down, of: shape.height))
    return sampled(picture, across, down)
  }

  /// The pixel that a place is, counted from the middle of the first.
  private static func pixels(_ place: Double, of side: Int) -> Double { (place + 1) / 2 * Double(side - 1) }

  private func sampled(_ picture: ArraySlice<UInt8>, _ across: [Double], _ down: [Double]) -> [UInt8] {
    let plane = shape.height * shape.width
    var warped = [UInt8](repeating: 0, count: picture.count)
    for pixel in 0..<plane {
      let (x, y) = (Self.pixels(across[pixel], of: shape.width), Self.pixels(down[pixel], of: shape.height))
      let (left, top) = (Int(x), Int(y))
      let (right, bottom) = (min(left + 1, shape.width - 1), min(top + 1, shape.height - 1))
      let (dx, dy) = (x - Double(left), y - Double(top))
      for channel in 0..<shape.channels {
        func value(_ row: Int, _ column: Int) -> Double {
          Double(picture[picture.startIndex + channel * plane + row * shape.width + column])
        }
        let upper = (1 - dx) * value(top, left) + dx * value(top, right)
        let lower = (1 - dx) * value(bottom, left) + dx * value(bottom, right)
        warped[channel * plane + pixel] = UInt8(((1 - dy) * upper + dy * lower).rounded(.toNearestOrEven))
      }
    }
    return warped
  }
}

private func clamped(_ place: Double) -> Double { min(1, max(-1, place)) }

/// Enlarges a square grid by cubic convolution, its corners on the corners of what comes out; beyond the border the
/// outermost points go on.
/// - Source: Keys, "Cubic convolution interpolation for digital image processing", 1981, with a = −3/4 as PyTorch has it
private struct CubicEnlargement {
  let grid: [Double]
  let side: Int

  init(_ grid: [Double], side: Int) { (self.grid, self.side) = (grid, side) }

  /// (H, W).
  func values(_ shape: ImageShape) -> [Double] {
    let (rows, columns) = (taps(shape.height), taps(shape.width))
    return rows.flatMap { row in
      columns.map { column in
        row.reduce(0) { sum, down in
          sum + down.weight * column.reduce(0) { $0 + $1.weight * grid[down.point * side + $1.point] }
        }
      }
    }
  }

  /// Four points and their weights for each pixel of a side.
  private func taps(_ length: Int) -> [[(point: Int, weight: Double)]] {
    (0..<length).map { pixel in
      let place = length > 1 ? Double(pixel) * Double(side - 1) / Double(length - 1) : 0
      let whole = Int(place)
      return (-1...2).map { step in
        (min(max(whole + step, 0), side - 1), Self.weight(abs(place - Double(whole + step))))
      }
    }
  }

  private static func weight(_ distance: Double) -> Double {
    let a = -0.75
    let x = distance
    return x <= 1
      ? ((a + 2) * x - (a + 3)) * x * x + 1
      : x < 2 ? ((a * x - 5 * a) * x + 8 * a) * x - 4 * a : 0
  }
}
