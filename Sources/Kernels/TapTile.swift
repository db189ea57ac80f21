/// The inner loop of every convolution: `pixels` × `vectors` sums in registers. Both are generic parameters, so that
/// each size of tile is compiled by itself, every loop over them unrolled.
@usableFromInline
enum TapTile<V: Lanes, let pixels: Int, let vectors: Int> {
  /// Takes a pass over `tiles` tiles from listed pixel `first` on.
  @inlinable @inline(never)
  static func run(_ plan: TapPlan, _ pass: TapPass, _ first: Int, _ tiles: Int) {
    let blockStride = plan.destinationBlock
    let loads = !pass.isFirst || plan.accumulate
    var start = InlineArray<vectors, V>(repeating: V.zero)
    if let bias = plan.bias {
      for v in 0..<vectors {
        let channel = (2 &* pass.pair &+ v) &* V.scalarCount
        start[v] = V.load(bias + channel, count: plan.destinationChannels &- channel)
      }
    }

    var pixel = first
    let end = first &+ tiles &* pixels
    while pixel < end {
      var sources = InlineArray<pixels, UnsafePointer<Float>>(repeating: pass.source)
      for p in 0..<pixels { sources[p] = pass.source + Int(pass.lists.sources[pixel &+ p]) }

      var sums = InlineArray<pixels, InlineArray<vectors, V>>(repeating: start)
      if loads {
        for p in 0..<pixels {
          let own = pass.destination + Int(pass.lists.destinations[pixel &+ p])
          for v in 0..<vectors { sums[p][v] = V.load(own + v &* blockStride) }
        }
      }

      var weights = pass.weights
      var step = 0
      while step < pass.steps {
        let source = Int(pass.lists.steps[step])
        var operands = InlineArray<vectors, V>(repeating: V.zero)
        for v in 0..<vectors { operands[v] = V.load(weights + v &* V.scalarCount) }
        for p in 0..<pixels {
          let input = V(repeating: sources[p][source])
          for v in 0..<vectors { sums[p][v] = V.multiplyAdd(sums[p][v], input, operands[v]) }
        }
        weights += vectors &* V.scalarCount
        step &+= 1
      }

      if pass.isLast, let addend = pass.addend {
        for p in 0..<pixels {
          let other = addend + Int(pass.lists.addends[pixel &+ p])
          for v in 0..<vectors { sums[p][v] = sums[p][v] + V.load(other + v &* plan.addendBlock) }
        }
      }
      if pass.isLast && plan.rectify {
        for p in 0..<pixels {
          for v in 0..<vectors { sums[p][v] = V.rectify(sums[p][v]) }
        }
      }
      for p in 0..<pixels {
        let own = pass.destination + Int(pass.lists.destinations[pixel &+ p])
        for v in 0..<vectors { sums[p][v].store(own + v &* blockStride) }
      }
      pixel &+= pixels
    }
  }
}

/// One walk over some pixels with some of the steps that make an output. A step multiplies one source channel under one
/// tap.
@usableFromInline
struct TapPass {
  @usableFromInline var lists: TapLists
  @usableFromInline var steps: Int
  @usableFromInline var weights: UnsafePointer<Float>
  @usableFromInline var isFirst: Bool
  @usableFromInline var isLast: Bool
  /// The destination's channel blocks are 2·pair and 2·pair + 1; below, block 2·pair of the first listed pixel.
  @usableFromInline var pair: Int
  @usableFromInline var source: UnsafePointer<Float>
  @usableFromInline var destination: UnsafeMutablePointer<Float>
  @usableFromInline var addend: UnsafePointer<Float>?

  @inlinable @inline(__always)
  init(
    lists: TapLists, steps: Int, weights: UnsafePointer<Float>, isFirst: Bool, isLast: Bool, pair: Int,
    source: UnsafePointer<Float>, destination: UnsafeMutablePointer<Float>, addend: UnsafePointer<Float>?
  ) {
    self.lists = lists
    self.steps = steps
    self.weights = weights
    self.isFirst = isFirst
    self.isLast = isLast
    self.pair = pair
    self.source = source
    self.destination = destination
    self.addend = addend
  }
}
