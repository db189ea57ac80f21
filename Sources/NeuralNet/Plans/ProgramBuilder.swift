import Foundations
import Kernels

/// Collects a program's buffers and instructions, and turns them into a `Program` once all are known.
struct ProgramBuilder {
  let table: KernelTable
  private(set) var buffers: [Buffer] = []
  private(set) var instructions: [Instruction] = []

  init(table: KernelTable) { self.table = table }

  /// ⌈C/L⌉·L: floats of a per-channel vector.
  func padded(_ channels: Int) -> Int { (channels + table.lanes - 1) / table.lanes * table.lanes }

  mutating func activation(images: Int, shape: ImageShape) -> BufferID {
    buffers.append(Buffer(content: .activation(images: images, shape: shape)))
    return BufferID(index: buffers.count - 1)
  }

  mutating func flat(count: Int) -> BufferID {
    buffers.append(Buffer(content: .flat(count: count)))
    return BufferID(index: buffers.count - 1)
  }

  /// A vector of one float per channel.
  mutating func vector(channels: Int) -> BufferID { flat(count: padded(channels)) }

  /// Channels of `whole` from `firstChannel` on, as a buffer of its own.
  mutating func part(of whole: BufferID, shape: ImageShape, firstChannel: Int) -> BufferID {
    precondition(firstChannel % table.lanes == 0, "a part starts at a block")
    precondition(buffers[whole.index].part == nil, "a part is cut from a whole")
    guard case .activation(let images, _) = buffers[whole.index].content else {
      preconditionFailure("a part is cut from an activation")
    }
    buffers.append(
      Buffer(
        content: .activation(images: images, shape: shape),
        part: Buffer.Part(whole: whole, firstChannel: firstChannel)))
    return BufferID(index: buffers.count - 1)
  }

  func isPart(_ id: BufferID) -> Bool { buffers[id.index].part != nil }

  /// Whether a buffer is a part of another, or of the buffer that the other is the beginning of.
  func isPart(_ id: BufferID, within whole: BufferID) -> Bool {
    guard let part = buffers[id.index].part else { return false }
    return part.whole == root(of: whole) && buffers[whole.index].part?.firstChannel ?? 0 == 0
  }

  func isPart(_ id: BufferID, within whole: BufferID, firstChannel: Int) -> Bool {
    isPart(id, within: whole) && buffers[id.index].part?.firstChannel == firstChannel
  }

  /// Makes sure that a buffer's halo has at least the given width.
  mutating func require(halo: Int, of id: BufferID) {
    let root = root(of: id)
    buffers[root.index].halo = max(buffers[root.index].halo, halo)
  }

  mutating func emit(
    _ name: String, reads: [BufferID], writes: [BufferID], bind: @escaping (Bindings) -> Work
  ) {
    instructions.append(Instruction(name: name, reads: reads, writes: writes, bind: bind))
  }

  private func root(of id: BufferID) -> BufferID { buffers[id.index].part?.whole ?? id }

  /// Fixes halos, lifetimes and addresses.
  ///
  /// A buffer's memory may have held something else before, so the instruction that first writes it also clears its
  /// halo; the two write different floats and run as one step.
  consuming func finish() -> Program {
    for index in buffers.indices {
      if let part = buffers[index].part { buffers[index].halo = buffers[part.whole.index].halo }
    }
    var lives: [Int: (first: Int, last: Int)] = [:]
    for (position, instruction) in instructions.enumerated() {
      for id in instruction.writes + instruction.reads {
        let root = root(of: id).index
        lives[root] = (lives[root]?.first ?? position, position)
      }
    }
    var demands: [ArenaLayout.Demand] = []
    var cleared: [Int: [BufferID]] = [:]
    for (index, life) in lives {
      let count: Int
      switch buffers[index].content {
      case .flat(let floats): count = floats
      case .activation(let images, let shape):
        let layout = ActivationLayout(images: images, shape: shape, halo: buffers[index].halo, lanes: table.lanes)
        count = layout.count
        if buffers[index].halo > 0 { cleared[life.first, default: []].append(BufferID(index: index)) }
      }
      demands.append(ArenaLayout.Demand(buffer: index, count: count, first: life.first, last: life.last))
    }
    return Program(
      instructions: instructions, haloClearings: cleared,
      layout: ArenaLayout(buffers: buffers, demands: demands), table: table)
  }
}
