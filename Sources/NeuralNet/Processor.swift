package import Kernels

/// The processor that this program runs on.
package enum Processor {
  /// The kernels that this process computes with: those of `KernelSet.current`.
  package static let kernels: KernelTable = KernelSet.current.kernels ?? baselineKernels

  /// Every set of kernels that runs here, the fastest first.
  package static let allKernels: [KernelTable] = KernelSet.available.compactMap(\.kernels)
}

/// What a training's bits depend on besides its data, settings and seed (docs/formats, "The same bytes").
package enum Numerics {
  /// Raised with every change of the program that changes what a training computes.
  package static let version = 1

  /// The kernels in use, by name: those of another instruction set round otherwise.
  package static var kernels: String { Processor.kernels.name }
}
