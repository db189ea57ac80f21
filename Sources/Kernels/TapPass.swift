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
