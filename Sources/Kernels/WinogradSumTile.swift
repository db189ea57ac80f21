/// The inner loop of a Winograd weight gradient: `items` source channels × `vectors` of output gradients, summed over
/// tiles in registers. Both are generic parameters, so that each size is compiled by itself, every loop over them
/// unrolled.
@usableFromInline
enum WinogradSumTile<V: Lanes, let items: Int, let vectors: Int> {
  /// sums (+)= Σ over tiles of source ⊗ gradient, for `groups` times `items` channels.
  @inlinable @inline(never)
  static func run(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ gradient: UnsafePointer<Float>, _ gradientStride: Int,
    _ tiles: Int, _ sums: UnsafeMutablePointer<Float>, _ sumStride: Int, _ accumulate: Bool, _ groups: Int
  ) {
    var first = source
    var sums = sums
    for _ in 0..<groups {
      var accumulators = InlineArray<items, InlineArray<vectors, V>>(repeating: InlineArray(repeating: V.zero))
      var source = first
      var gradient = gradient
      var tile = 0
      while tile < tiles {
        var operands = InlineArray<vectors, V>(repeating: V.zero)
        for v in 0..<vectors { operands[v] = V.load(gradient + v &* V.scalarCount) }
        for i in 0..<items {
          let value = V(repeating: source[i])
          for v in 0..<vectors { accumulators[i][v] = V.multiplyAdd(accumulators[i][v], value, operands[v]) }
        }
        source += sourceStride
        gradient += gradientStride
        tile &+= 1
      }
      for i in 0..<items {
        for v in 0..<vectors {
          let own = sums + (i &* sumStride &+ v &* V.scalarCount)
          (accumulate ? V.load(own) + accumulators[i][v] : accumulators[i][v]).store(own)
        }
      }
      first += items
      sums += items &* sumStride
    }
  }
}

/// Cuts channels into register tiles that differ by one at most.
@usableFromInline
enum WinogradSum<V: Lanes> {
  @inlinable @inline(__always)
  static func run(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ channels: Int, _ gradient: UnsafePointer<Float>,
    _ gradientStride: Int, _ tiles: Int, _ sums: UnsafeMutablePointer<Float>, _ sumStride: Int, _ accumulate: Bool,
    _ isWide: Bool
  ) {
    let most = isWide ? V.tilePixels : 8
    let groups = (channels &+ most &- 1) / most
    let small = channels / groups
    let larger = channels &- groups &* small
    let first = larger &* (small &+ 1)
    sized(
      small &+ 1, isWide, source, sourceStride, gradient, gradientStride, tiles, sums, sumStride, accumulate, larger)
    sized(
      small, isWide, source + first, sourceStride, gradient, gradientStride, tiles, sums + first &* sumStride,
      sumStride, accumulate, groups &- larger)
  }

  @inlinable @inline(__always)
  static func sized(
    _ size: Int, _ isWide: Bool, _ x: UnsafePointer<Float>, _ xs: Int, _ g: UnsafePointer<Float>, _ gs: Int,
    _ t: Int, _ s: UnsafeMutablePointer<Float>, _ ss: Int, _ add: Bool, _ groups: Int
  ) {
    guard groups > 0 else { return }
    switch (size, isWide) {
    case (8, true) where V.tilePixels >= 8: WinogradSumTile<V, 8, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (7, true) where V.tilePixels >= 8: WinogradSumTile<V, 7, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (6, true) where V.tilePixels >= 6: WinogradSumTile<V, 6, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (5, true) where V.tilePixels >= 6: WinogradSumTile<V, 5, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (4, true): WinogradSumTile<V, 4, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (3, true): WinogradSumTile<V, 3, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (2, true): WinogradSumTile<V, 2, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (_, true): WinogradSumTile<V, 1, 2>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (8, false): WinogradSumTile<V, 8, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (7, false): WinogradSumTile<V, 7, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (6, false): WinogradSumTile<V, 6, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (5, false): WinogradSumTile<V, 5, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (4, false): WinogradSumTile<V, 4, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (3, false): WinogradSumTile<V, 3, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    case (2, false): WinogradSumTile<V, 2, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    default: WinogradSumTile<V, 1, 1>.run(x, xs, g, gs, t, s, ss, add, groups)
    }
  }
}
