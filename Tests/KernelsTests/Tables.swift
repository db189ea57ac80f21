import Kernels

#if arch(x86_64)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// Every kernel table that this processor runs, the baseline first.
let tables: [KernelTable] = {
  var tables = [baselineKernels]
  #if arch(x86_64)
    if supportsAVX2() { tables.append(avx2Kernels) }
    if supportsAVX512() { tables.append(avx512Kernels) }
  #endif
  return tables
}()

extension KernelTable {
  /// Channel counts around one and two blocks.
  var edgeChannels: [Int] { [1, lanes - 1, lanes, lanes + 1, 2 * lanes + 3] }
}

/// How a test deals the units of an operation.
enum Dealing: CaseIterable {
  case together, oneByOne, backwards

  func deal(_ count: Int, _ run: (Range<Int>) -> Void) {
    switch self {
    case .together: run(0..<count)
    case .oneByOne: for unit in 0..<count { run(unit..<(unit + 1)) }
    case .backwards: for unit in (0..<count).reversed() { run(unit..<(unit + 1)) }
    }
  }
}
