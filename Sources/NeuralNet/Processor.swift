package import Kernels

/// The processor that this program runs on.
package enum Processor {
  /// The kernels that this process computes with: those of `KernelSet.current`.
  package static let kernels: KernelTable = KernelSet.current.kernels ?? baselineKernels

  /// Every set of kernels that runs here, the fastest first.
  package static let allKernels: [KernelTable] = KernelSet.available.compactMap(\.kernels)
}
