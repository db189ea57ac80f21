import Kernels

/// What a training's bits depend on besides its data, settings and seed (FORMATS.md, "The same bytes").
package enum Numerics {
  /// Raised with every change of the program that changes what a training computes.
  package static let version = 1

  /// The kernels in use, by name: those of another instruction set round otherwise.
  package static var kernels: String { Processor.kernels.name }
}
