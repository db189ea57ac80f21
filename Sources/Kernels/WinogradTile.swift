/// The inner loop of a Winograd convolution: `tiles` × `vectors` sums over the source's channels in registers. Both are
/// generic parameters, so that each size is compiled by itself, every loop over them unrolled.
@usableFromInline
enum WinogradTile<V: Lanes, let tiles: Int, let vectors: Int> {
  /// products = transformed source · transformed weights, for `groups` times `tiles` tiles; one chain of multiply-adds
  /// over the channels for each.
  @inlinable @inline(never)
  static func run(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ channels: Int, _ weights: UnsafePointer<Float>,
    _ products: UnsafeMutablePointer<Float>, _ productStride: Int, _ groups: Int
  ) {
    var source = source
    var products = products
    for _ in 0..<groups {
      var sources = InlineArray<tiles, UnsafePointer<Float>>(repeating: source)
      for t in 0..<tiles { sources[t] = source + t &* sourceStride }
      var sums = InlineArray<tiles, InlineArray<vectors, V>>(repeating: InlineArray(repeating: V.zero))
      var weight = weights
      var channel = 0
      while channel < channels {
        var operands = InlineArray<vectors, V>(repeating: V.zero)
        for v in 0..<vectors { operands[v] = V.load(weight + v &* V.scalarCount) }
        for t in 0..<tiles {
          let input = V(repeating: sources[t][channel])
          for v in 0..<vectors { sums[t][v] = V.multiplyAdd(sums[t][v], input, operands[v]) }
        }
        weight += vectors &* V.scalarCount
        channel &+= 1
      }
      for t in 0..<tiles {
        for v in 0..<vectors { sums[t][v].store(products + (t &* productStride &+ v &* V.scalarCount)) }
      }
      source += tiles &* sourceStride
      products += tiles &* productStride
    }
  }
}

/// Cuts tiles into register tiles that differ by one at most.
@usableFromInline
enum WinogradProduct<V: Lanes> {
  @inlinable @inline(__always)
  static func run(
    _ source: UnsafePointer<Float>, _ sourceStride: Int, _ channels: Int, _ weights: UnsafePointer<Float>,
    _ products: UnsafeMutablePointer<Float>, _ productStride: Int, _ tiles: Int, _ isWide: Bool
  ) {
    let most = isWide ? V.tilePixels : 8
    let groups = (tiles &+ most &- 1) / most
    let small = tiles / groups
    let larger = tiles &- groups &* small
    let first = larger &* (small &+ 1)
    if isWide {
      wide(small &+ 1, source, sourceStride, channels, weights, products, productStride, larger)
      wide(
        small, source + first &* sourceStride, sourceStride, channels, weights, products + first &* productStride,
        productStride, groups &- larger)
    } else {
      narrow(small &+ 1, source, sourceStride, channels, weights, products, productStride, larger)
      narrow(
        small, source + first &* sourceStride, sourceStride, channels, weights, products + first &* productStride,
        productStride, groups &- larger)
    }
  }

  @inlinable @inline(__always)
  static func wide(
    _ size: Int, _ x: UnsafePointer<Float>, _ xs: Int, _ c: Int, _ w: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>, _ ys: Int, _ groups: Int
  ) {
    guard groups > 0 else { return }
    switch size {
    case 8 where V.tilePixels >= 8: WinogradTile<V, 8, 2>.run(x, xs, c, w, y, ys, groups)
    case 7 where V.tilePixels >= 8: WinogradTile<V, 7, 2>.run(x, xs, c, w, y, ys, groups)
    case 6 where V.tilePixels >= 6: WinogradTile<V, 6, 2>.run(x, xs, c, w, y, ys, groups)
    case 5 where V.tilePixels >= 6: WinogradTile<V, 5, 2>.run(x, xs, c, w, y, ys, groups)
    case 4: WinogradTile<V, 4, 2>.run(x, xs, c, w, y, ys, groups)
    case 3: WinogradTile<V, 3, 2>.run(x, xs, c, w, y, ys, groups)
    case 2: WinogradTile<V, 2, 2>.run(x, xs, c, w, y, ys, groups)
    default: WinogradTile<V, 1, 2>.run(x, xs, c, w, y, ys, groups)
    }
  }

  @inlinable @inline(__always)
  static func narrow(
    _ size: Int, _ x: UnsafePointer<Float>, _ xs: Int, _ c: Int, _ w: UnsafePointer<Float>,
    _ y: UnsafeMutablePointer<Float>, _ ys: Int, _ groups: Int
  ) {
    guard groups > 0 else { return }
    switch size {
    case 8: WinogradTile<V, 8, 1>.run(x, xs, c, w, y, ys, groups)
    case 7: WinogradTile<V, 7, 1>.run(x, xs, c, w, y, ys, groups)
    case 6: WinogradTile<V, 6, 1>.run(x, xs, c, w, y, ys, groups)
    case 5: WinogradTile<V, 5, 1>.run(x, xs, c, w, y, ys, groups)
    case 4: WinogradTile<V, 4, 1>.run(x, xs, c, w, y, ys, groups)
    case 3: WinogradTile<V, 3, 1>.run(x, xs, c, w, y, ys, groups)
    case 2: WinogradTile<V, 2, 1>.run(x, xs, c, w, y, ys, groups)
    default: WinogradTile<V, 1, 1>.run(x, xs, c, w, y, ys, groups)
    }
  }
}
