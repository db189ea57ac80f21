/// Convolutions cut into register tiles of up to 8 pixels by one or two blocks of channels.
@usableFromInline
enum TapKernel<V: Lanes> {
  /// Most steps in a pass over the pixels: their weights take half of a 32 KiB first-level cache.
  @inlinable @inline(__always)
  static var stepsAPass: Int { min(TapLists.capacity, 2048 / V.scalarCount) }

  /// Computes destination pixels `pixels` (flat over columns, rows, images) of channel blocks 2·pair and 2·pair + 1.
  ///
  /// Every output is one chain of multiply-adds over source blocks, taps, lanes in this order, whatever the tile: sums
  /// that are set aside between passes are stored and loaded unrounded.
  @inlinable
  static func run(_ plan: TapPlan, pair: Int, pixels: Range<Int>) {
    var storage = InlineArray<1024, Int32>(repeating: 0)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let start = bytes.baseAddress?.assumingMemoryBound(to: Int32.self) else { return }
      let lists = TapLists(start)
      var first = pixels.lowerBound
      while first < pixels.upperBound {
        let count = min(TapLists.capacity, pixels.upperBound &- first)
        passes(plan, lists, pair, first, count)
        first &+= count
      }
    }
  }

  /// All passes over `count` pixels from `first` on. They are cut between taps, as evenly as that allows.
  @inlinable @inline(__always)
  static func passes(_ plan: TapPlan, _ lists: TapLists, _ pair: Int, _ first: Int, _ count: Int) {
    let lanes = V.scalarCount
    let wide = 2 &* pair &+ 1 < (plan.destinationChannels &+ lanes &- 1) / lanes
    let weightsAStep = wide ? 2 &* lanes : lanes
    let weights = plan.weights + pair &* plan.pairStride + plan.tapsBefore &* plan.sourceChannels &* weightsAStep
    let taps = plan.tapRows &* plan.tapColumns &* ((plan.sourceChannels &+ lanes &- 1) / lanes)
    // Even shares rounded up to whole taps of `lanes` steps must fit.
    let fitting = stepsAPass / lanes
    let passes = max(1, (taps &+ fitting &- 1) / fitting)
    let origin = lists.listPixels(plan, first, count)
    var firstStep = 0
    for number in 0..<passes {
      let steps = lists.listSteps(plan, lanes, taps &* number / passes..<taps &* (number &+ 1) / passes)
      let pass = TapPass(
        lists: lists, steps: steps, weights: weights + firstStep &* weightsAStep, isFirst: number == 0,
        isLast: number &+ 1 == passes, pair: pair, source: plan.source + origin.source,
        destination: plan.destination + (origin.destination &+ 2 &* pair &* plan.destinationBlock),
        addend: plan.addend.map { $0 + (origin.addend &+ 2 &* pair &* plan.addendBlock) })
      tiles(plan, pass, wide, count)
      firstStep &+= steps
    }
  }

  /// Tiles differ by one pixel at most, so that no thin tile is left at the end.
  @inlinable @inline(__always)
  static func tiles(_ plan: TapPlan, _ pass: TapPass, _ wide: Bool, _ pixels: Int) {
    let most = wide ? V.tilePixels : 8
    let tiles = (pixels &+ most &- 1) / most
    let small = pixels / tiles
    let larger = pixels &- tiles &* small
    if wide {
      Self.wide(small &+ 1, plan, pass, 0, larger)
      Self.wide(small, plan, pass, larger &* (small &+ 1), tiles &- larger)
    } else {
      Self.narrow(small &+ 1, plan, pass, 0, larger)
      Self.narrow(small, plan, pass, larger &* (small &+ 1), tiles &- larger)
    }
  }

  @inlinable
  static func wide(_ size: Int, _ plan: TapPlan, _ pass: TapPass, _ pixel: Int, _ tiles: Int) {
    guard tiles > 0 else { return }
    switch size {
    case 8 where V.tilePixels >= 8: TapTile<V, 8, 2>.run(plan, pass, pixel, tiles)
    case 7 where V.tilePixels >= 8: TapTile<V, 7, 2>.run(plan, pass, pixel, tiles)
    case 6 where V.tilePixels >= 6: TapTile<V, 6, 2>.run(plan, pass, pixel, tiles)
    case 5 where V.tilePixels >= 6: TapTile<V, 5, 2>.run(plan, pass, pixel, tiles)
    case 4: TapTile<V, 4, 2>.run(plan, pass, pixel, tiles)
    case 3: TapTile<V, 3, 2>.run(plan, pass, pixel, tiles)
    case 2: TapTile<V, 2, 2>.run(plan, pass, pixel, tiles)
    default: TapTile<V, 1, 2>.run(plan, pass, pixel, tiles)
    }
  }

  @inlinable
  static func narrow(_ size: Int, _ plan: TapPlan, _ pass: TapPass, _ pixel: Int, _ tiles: Int) {
    guard tiles > 0 else { return }
    switch size {
    case 8: TapTile<V, 8, 1>.run(plan, pass, pixel, tiles)
    case 7: TapTile<V, 7, 1>.run(plan, pass, pixel, tiles)
    case 6: TapTile<V, 6, 1>.run(plan, pass, pixel, tiles)
    case 5: TapTile<V, 5, 1>.run(plan, pass, pixel, tiles)
    case 4: TapTile<V, 4, 1>.run(plan, pass, pixel, tiles)
    case 3: TapTile<V, 3, 1>.run(plan, pass, pixel, tiles)
    case 2: TapTile<V, 2, 1>.run(plan, pass, pixel, tiles)
    default: TapTile<V, 1, 1>.run(plan, pass, pixel, tiles)
    }
  }
}
