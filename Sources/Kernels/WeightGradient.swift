/// The gradient with respect to a convolution's weights.
///
/// An *item* is one (input channel, tap): its gradient for a vector of output channels is the sum over all pixels of
/// the item's input times the output gradient. A register tile holds up to 8 items by one or two blocks of output
/// channels. Items are counted over the lanes of a block, taps, blocks.
@usableFromInline
enum WeightGradient<V: Lanes> {
  /// Items that a unit owns at most; their sums, two vectors each, lie on the stack.
  @inlinable @inline(__always)
  static var mostItems: Int { 96 }

  /// How a shape's work is cut into units: a pair of output blocks, some of the items.
  @usableFromInline
  struct Cut {
    @usableFromInline var items: Int
    @usableFromInline var pairs: Int
    @usableFromInline var itemsAUnit: Int
    @usableFromInline var splits: Int

    @inlinable @inline(__always)
    init(_ shape: ConvolutionShape) {
      let lanes = V.scalarCount
      items = shape.inputChannels &* shape.kernelHeight &* shape.kernelWidth
      pairs = ((shape.outputChannels &+ lanes &- 1) / lanes &+ 1) / 2
      let tiles = (items &+ V.tilePixels &- 1) / V.tilePixels
      // 48 units keep 16 threads busy to the end.
      let wanted = min(tiles, (48 &+ pairs &- 1) / pairs)
      let tilesAUnit = min(mostItems / V.tilePixels, (tiles &+ wanted &- 1) / wanted)
      itemsAUnit = tilesAUnit &* V.tilePixels
      splits = (tiles &+ tilesAUnit &- 1) / tilesAUnit
    }
  }

  @inlinable
  static func units(_ shape: ConvolutionShape) -> Int {
    let cut = Cut(shape)
    return cut.pairs &* cut.splits
  }

  @inlinable
  static func run(
    _ shape: ConvolutionShape, _ input: Activation, _ outputGradient: Activation,
    _ weightGradient: UnsafeMutablePointer<Float>, _ units: Range<Int>
  ) {
    precondition(input.channels == shape.inputChannels && outputGradient.channels == shape.outputChannels)
    precondition(input.halo >= shape.padding && input.images == outputGradient.images)
    precondition(
      shape.outputSize(height: input.height, width: input.width) == (outputGradient.height, outputGradient.width))
    let cut = Cut(shape)
    let grid = WeightGrid(shape, input, outputGradient, V.scalarCount)
    var storage = InlineArray<768, Int32>(repeating: 0)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let start = bytes.baseAddress?.assumingMemoryBound(to: Int32.self) else { return }
      let lists = WeightLists(start)
      lists.listPixels(grid)
      for unit in units {
        let first = unit % cut.splits &* cut.itemsAUnit
        let items = first..<min(cut.items, first &+ cut.itemsAUnit)
        lists.listItems(grid, shape, items, V.scalarCount)
        run(shape, grid, lists, unit / cut.splits, items.count, weightGradient)
      }
    }
  }

  /// One unit. Pixels are taken in chunks whose gradients and inputs stay in the first-level cache while all items pass
  /// over them; a chunk's sums start at zero, which also keeps rounding errors small over many pixels.
  @inlinable
  static func run(
    _ shape: ConvolutionShape, _ grid: WeightGrid, _ lists: WeightLists, _ pair: Int, _ items: Int,
    _ weightGradient: UnsafeMutablePointer<Float>
  ) {
    let wide = (2 &* pair &+ 1) &* V.scalarCount < shape.outputChannels
    var storage = InlineArray<192, V>(repeating: V.zero)
    withUnsafeMutableBytes(of: &storage) { bytes in
      guard let sums = bytes.baseAddress?.assumingMemoryBound(to: Float.self) else { return }
      var image = 0
      while image < grid.images {
        var row = 0
        while row < grid.rows {
          var column = 0
          while column < grid.columns {
            let chunk = WeightChunk(grid, lists, pair, image, row, column)
            if wide {
              tiles(chunk, items, V.tilePixels, 2, sums)
            } else {
              tiles(chunk, items, 8, 1, sums)
            }
            column &+= grid.chunkColumns
          }
          row &+= grid.chunkRows
        }
        image &+= grid.chunkImages
      }
      write(shape, lists, pair, items, wide ? 2 : 1, sums, weightGradient)
    }
  }

  /// Tiles differ by one item at most.
  @inlinable @inline(__always)
  static func tiles(
    _ chunk: WeightChunk, _ items: Int, _ most: Int, _ vectors: Int, _ sums: UnsafeMutablePointer<Float>
  ) {
    let tiles = (items &+ most &- 1) / most
    let small = items / tiles
    let larger = items &- tiles &* small
    var item = 0
    for tile in 0..<tiles {
      let count = tile < larger ? small &+ 1 : small
      let own = sums + item &* vectors &* V.scalarCount
      if vectors == 2 {
        wide(count, chunk, item, own)
      } else {
        narrow(count, chunk, item, own)
      }
      item &+= count
    }
  }

  @inlinable @inline(__always)
  static func wide(_ count: Int, _ chunk: WeightChunk, _ item: Int, _ sums: UnsafeMutablePointer<Float>) {
    switch count {
    case 8 where V.tilePixels >= 8: WeightTile<V, 8, 2>.run(chunk, item, sums)
    case 7 where V.tilePixels >= 8: WeightTile<V, 7, 2>.run(chunk, item, sums)
    case 6 where V.tilePixels >= 6: WeightTile<V, 6, 2>.run(chunk, item, sums)
    case 5 where V.tilePixels >= 6: WeightTile<V, 5, 2>.run(chunk, item, sums)
    case 4: WeightTile<V, 4, 2>.run(chunk, item, sums)
    case 3: WeightTile<V, 3, 2>.run(chunk, item, sums)
    case 2: WeightTile<V, 2, 2>.run(chunk, item, sums)
    default: WeightTile<V, 1, 2>.run(chunk, item, sums)
    }
  }

  @inlinable @inline(__always)
  static func narrow(_ count: Int, _ chunk: WeightChunk, _ item: Int, _ sums: UnsafeMutablePointer<Float>) {
    switch count {
    case 8: WeightTile<V, 8, 1>.run(chunk, item, sums)
    case 7: WeightTile<V, 7, 1>.run(chunk, item, sums)
    case 6: WeightTile<V, 6, 1>.run(chunk, item, sums)
    case 5: WeightTile<V, 5, 1>.run(chunk, item, sums)
    case 4: WeightTile<V, 4, 1>.run(chunk, item, sums)
    case 3: WeightTile<V, 3, 1>.run(chunk, item, sums)
    case 2: WeightTile<V, 2, 1>.run(chunk, item, sums)
    default: WeightTile<V, 1, 1>.run(chunk, item, sums)
    }
  }

  /// Scatters a unit's sums into (O, I, kH, kW).
  @inlinable @inline(__always)
  static func write(
    _ shape: ConvolutionShape, _ lists: WeightLists, _ pair: Int, _ items: Int, _ vectors: Int,
    _ sums: UnsafePointer<Float>, _ weightGradient: UnsafeMutablePointer<Float>
  ) {
    let rowLength = shape.inputChannels &* shape.kernelHeight &* shape.kernelWidth
    let width = vectors &* V.scalarCount
    let first = 2 &* pair &* V.scalarCount
    for lane in 0..<min(width, shape.outputChannels &- first) {
      let target = weightGradient + (first &+ lane) &* rowLength
      var own = sums + lane
      for item in 0..<items {
        target[Int(lists.targets[item])] = own.pointee
        own += width
      }
    }
  }
}

/// The inner loop of the weight gradient: `items` × `vectors` sums over pixels in registers. Both are generic
/// parameters, so that each size of tile is compiled by itself, every loop over them unrolled.
@usableFromInline
enum WeightTile<V: Lanes, let items: Int, let vectors: Int> {
  /// sums += Σ over the chunk's pixels of listed items `first`… × gradient vectors.
  @inlinable @inline(never)
  static func run(_ chunk: WeightChunk, _ first: Int, _ sums: UnsafeMutablePointer<Float>) {
    var inputs = InlineArray<items, UnsafePointer<Float>>(repeating: chunk.input)
    for i in 0..<items { inputs[i] = chunk.input + Int(chunk.lists.items[first &+ i]) }
    var accumulators = InlineArray<items, InlineArray<vectors, V>>(repeating: InlineArray(repeating: V.zero))
    var gradients = InlineArray<vectors, UnsafePointer<Float>>(repeating: chunk.gradient)
    for v in 0..<vectors { gradients[v] = chunk.gradient + v &* chunk.gradientBlock }
    let inputOffsets = chunk.lists.inputs
    let gradientOffsets = chunk.lists.gradients
    var pixel = 0
    while pixel < chunk.pixels {
      let gradient = Int(gradientOffsets[pixel])
      let source = Int(inputOffsets[pixel])
      var operands = InlineArray<vectors, V>(repeating: V.zero)
      for v in 0..<vectors { operands[v] = V.load(gradients[v] + gradient) }
      for i in 0..<items {
        let value = V(repeating: inputs[i][source])
        for v in 0..<vectors { accumulators[i][v] = V.multiplyAdd(accumulators[i][v], value, operands[v]) }
      }
      pixel &+= 1
    }
    for i in 0..<items {
      for v in 0..<vectors {
        let own = sums + (i &* vectors &+ v) &* V.scalarCount
        (V.load(own) + accumulators[i][v]).store(own)
      }
    }
  }
}
