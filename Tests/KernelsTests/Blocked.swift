import Kernels

/// An activation in its own memory, with NaNs between rows, planes and images: whoever reads past the halo gets one,
/// and whoever writes there destroys one. An `Activation` does not keep its memory alive, so it stays until the
/// process ends.
final class Blocked {
  let activation: Activation
  private let memory: UnsafeMutablePointer<Float>
  private let count: Int
  private let lanes: Int

  init(_ plain: Plain, _ lanes: Int, halo: Int = 0) {
    self.lanes = lanes
    let blocks = (plain.channels + lanes - 1) / lanes
    let rowStride = (plain.width + 2 * halo + 1) * lanes
    let blockStride = rowStride * (plain.height + 2 * halo) + 2 * lanes
    let imageStride = blockStride * blocks + 3 * lanes
    count = plain.images * imageStride + 4 * lanes
    memory = .allocate(capacity: count)
    memory.initialize(repeating: .nan, count: count)
    activation = Activation(
      base: memory + 2 * lanes + halo * (rowStride + lanes), images: plain.images, channels: plain.channels,
      height: plain.height, width: plain.width, halo: halo, imageStride: imageStride, blockStride: blockStride,
      rowStride: rowStride)
    eachOwn { offset, channel, n, y, x in
      let inside = channel < plain.channels && (0..<plain.height).contains(y) && (0..<plain.width).contains(x)
      activation.base[offset] = inside ? Float(plain[n, channel, y, x]) : 0
    }
  }

  /// Zeros of a shape.
  static func zeros(_ n: Int, _ c: Int, _ h: Int, _ w: Int, _ lanes: Int, halo: Int = 0) -> Blocked {
    Blocked(Plain(n, c, h, w), lanes, halo: halo)
  }

  /// What a plane holds before it is written for the first time: not zeros.
  static func stale(_ n: Int, _ c: Int, _ h: Int, _ w: Int, _ lanes: Int, halo: Int = 0) -> Blocked {
    Blocked(Plain(n, c, h, w) { _ in 77 }, lanes, halo: halo)
  }

  func plain() -> [Float] {
    var values: [Float] = []
    for n in 0..<activation.images {
      for c in 0..<activation.channels {
        for y in 0..<activation.height {
          for x in 0..<activation.width { values.append(activation.base[offset(n, c, y, x)]) }
        }
      }
    }
    return values
  }

  /// Halo and padding channels are zero, and every NaN between the planes is where it was.
  var isSealed: Bool {
    var owned = Set<Int>()
    var sealed = true
    let origin = activation.base - memory
    eachOwn { offset, channel, _, y, x in
      owned.insert(origin + offset)
      let inside =
        channel < activation.channels && (0..<activation.height).contains(y) && (0..<activation.width).contains(x)
      if !inside && activation.base[offset].bitPattern != 0 { sealed = false }
    }
    for i in 0..<count where !owned.contains(i) && !memory[i].isNaN { sealed = false }
    return sealed
  }

  func offset(_ n: Int, _ c: Int, _ y: Int, _ x: Int) -> Int {
    n * activation.imageStride + c / lanes * activation.blockStride + y * activation.rowStride + x * lanes + c % lanes
  }

  private func eachOwn(_ body: (_ offset: Int, _ channel: Int, _ n: Int, _ y: Int, _ x: Int) -> Void) {
    let halo = activation.halo
    let blocks = (activation.channels + lanes - 1) / lanes
    for n in 0..<activation.images {
      for channel in 0..<(blocks * lanes) {
        for y in -halo..<(activation.height + halo) {
          for x in -halo..<(activation.width + halo) { body(offset(n, channel, y, x), channel, n, y, x) }
        }
      }
    }
  }
}
