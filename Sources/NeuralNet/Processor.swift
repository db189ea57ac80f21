package import Kernels

#if arch(x86_64) && os(Linux)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// The processor that this program runs on.
package enum Processor {
  /// The fastest kernels that it has the instructions for.
  package static let kernels: KernelTable = {
    #if arch(x86_64) && os(Linux)
      if supportsAVX512() { return avx512Kernels }
      if supportsAVX2() { return avx2Kernels }
    #endif
    return baselineKernels
  }()

  /// Every set of kernels that runs here, the fastest first.
  package static let allKernels: [KernelTable] = {
    var tables = [baselineKernels]
    #if arch(x86_64) && os(Linux)
      if supportsAVX2() { tables.insert(avx2Kernels, at: 0) }
      if supportsAVX512() { tables.insert(avx512Kernels, at: 0) }
    #endif
    return tables
  }()
}
