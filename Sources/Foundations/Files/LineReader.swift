/// Lines of a stream of blocks, one at a time, so that a long text costs the memory of its longest line.
package struct LineReader {
  private let limit: Int
  private let source: () throws -> [UInt8]?
  private var block: [UInt8] = []
  private var position = 0
  /// Lines handed out so far.
  package private(set) var count = 0

  /// - Parameters:
  ///   - limit: bytes of a line.
  ///   - source: the next block; nil at the end.
  package init(limit: Int, source: @escaping () throws -> [UInt8]?) {
    self.limit = limit
    self.source = source
  }

  /// The next line without its newline; nil at the end. What follows the last newline is a line unless it is empty.
  /// - Throws: `FileFault.lineTooLong`, and what the source throws.
  package mutating func next() throws -> [UInt8]? {
    var line: [UInt8] = []
    while true {
      if position == block.count {
        guard let next = try source() else {
          if line.isEmpty { return nil }
          break
        }
        block = next
        position = 0
        continue
      }
      let end = block[position...].firstIndex(of: UInt8(ascii: "\n"))
      let piece = block[position..<(end ?? block.count)]
      guard line.count + piece.count <= limit else { throw FileFault.lineTooLong(line: count + 1, limit: limit) }
      line += piece
      position += piece.count
      guard end != nil else { continue }
      position += 1
      break
    }
    count += 1
    return line
  }
}
