import Glibc
import Kernels

/// A finished sequence of instructions with the layout of its arena; it can be bound to any number of arenas.
struct Program {
  let instructions: [Instruction]
  /// Buffers whose halo the instruction at a position clears.
  let haloClearings: [Int: [BufferID]]
  let layout: ArenaLayout
  let table: KernelTable

  /// - Parameter copies: how many arenas there will be.
  /// - Throws: `NeuralNetError.noMemory` if all of them are more than the machine has: asking for them would not fail but
  ///   end the process.
  func requireMemory(copies: Int) throws(NeuralNetError) {
    let (bytes, overflow) = layout.count.multipliedReportingOverflow(by: MemoryLayout<Float>.stride * copies)
    let limit = Self.machineMemory
    guard !overflow, bytes <= limit else { throw .noMemory(bytes: overflow ? .max : bytes, limit: limit) }
  }

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

  /// Bytes of the machine's memory.
  private static let machineMemory: Int = {
    let (pages, size) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
    return pages > 0 && size > 0 ? Int(pages) * Int(size) : .max
  }()
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

/// Where a program's images come from at its next run: (count, C, H, W) bytes.
///
/// Programs hold the object and read the pointer when they run, so one program serves any memory.
final class ImageSource: @unchecked Sendable {
  var bytes: UnsafePointer<UInt8>?
  /// Images that there are; a program computes on whatever its buffers hold for the rest of the batch.
  var count = 0
}

/// Where a program's outputs go at its next run; nil for an output that nobody wants.
final class OutputSink<Element>: @unchecked Sendable {
  var elements: UnsafeMutablePointer<Element>?
  var count = 0
}
