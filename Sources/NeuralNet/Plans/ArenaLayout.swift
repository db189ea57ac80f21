/// Where each buffer lies in the arena; buffers that are never alive together share memory.
struct ArenaLayout: Sendable {
  let buffers: [Buffer]
  /// Of each buffer, in floats; unused for parts and for buffers that nothing touches.
  let offsets: [Int]
  /// Size of the arena in floats.
  let count: Int

  /// A buffer's need for memory: between its first and its last instruction, both included.
  struct Demand {
    var buffer: Int
    var count: Int
    var first: Int
    var last: Int
  }

  /// A cache line in floats.
  private static let alignment = 16

  /// Greedy by size: the largest buffers first, each at the lowest offset that is free during its whole life.
  init(buffers: [Buffer], demands: [Demand]) {
    var offsets = Array(repeating: 0, count: buffers.count)
    var placed: [(demand: Demand, offset: Int)] = []
    var total = 0
    for demand in demands.sorted(by: { ($1.count, $0.buffer) < ($0.count, $1.buffer) }) {
      let neighbours = placed.filter { $0.demand.first <= demand.last && demand.first <= $0.demand.last }
      var offset = 0
      for neighbour in neighbours.sorted(by: { $0.offset < $1.offset }) {
        if offset + demand.count <= neighbour.offset { break }
        offset = max(offset, Self.aligned(neighbour.offset + neighbour.demand.count))
      }
      offsets[demand.buffer] = offset
      placed.append((demand, offset))
      total = max(total, offset + demand.count)
    }
    self.buffers = buffers
    self.offsets = offsets
    self.count = Self.aligned(total)
  }

  private static func aligned(_ count: Int) -> Int { (count + alignment - 1) / alignment * alignment }
}
