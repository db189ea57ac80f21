import Kernels

/// A finished sequence of instructions with the layout of its arena; it can be bound to any number of arenas.
struct Program {
  let instructions: [Instruction]
  /// Buffers whose halo the instruction at a position clears.
  let haloClearings: [Int: [BufferID]]
  let layout: ArenaLayout
  let table: KernelTable

  /// A new arena and the steps that compute in it.
  func bind() -> BoundProgram {
    let bindings = Bindings(arena: AlignedMemory<Float>(count: layout.count), layout: layout, lanes: table.lanes)
    let clearHalo = table.clearHalo
    let works = instructions.enumerated().map { position, instruction in
      let clearings = (haloClearings[position] ?? []).map { id in
        let activation = bindings.activation(id)
        return Work(units: activation.images) { clearHalo(activation, $0) }
      }
      return Work.together([instruction.bind(bindings)] + clearings)
    }
    return BoundProgram(bindings: bindings, works: works)
  }
}

/// A program with its memory, ready to run again and again without allocating.
struct BoundProgram: Sendable {
  let bindings: Bindings
  let works: [Work]

  /// Runs all steps, each shared out over the pool's threads.
  func run(on pool: ThreadPool) {
    for work in works { pool.run(work) }
  }

  /// Runs all steps on the calling thread.
  func run() {
    for work in works { work.body(0..<work.units) }
  }
}
