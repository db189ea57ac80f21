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
