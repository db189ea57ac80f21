import Foundation
package import Kernels

#if arch(x86_64) && os(Linux)
  import KernelsAVX2
  import KernelsAVX512
#endif

/// One of the sets of kernels that this program has: the same operations for wider or narrower instructions.
///
/// Each rounds in an order of its own, so that one training ends with other weights under another set (docs/formats,
/// "Kernel sets").
package enum KernelSet: String, CaseIterable, Sendable {
  // The fastest first.
  case avx512, avx2, baseline

  /// The environment variable that names the set to compute with, for a processor that runs several.
  package static let variable = "DANDYROLL_KERNELS"

  /// What the processor runs, the fastest first.
  package static let available: [KernelSet] = allCases.filter { $0.kernels != nil }

  /// The set that a name asks for, and the fastest where none is given.
  ///
  /// A name that is not known, an empty one too, is an error: whoever asks for a set wants its bytes.
  /// - Parameter available: at least one, the fastest first.
  /// - Throws: `NeuralNetError.unknownKernels`, `unavailableKernels`.
  package static func named(_ name: String?, among available: [KernelSet] = available) throws -> KernelSet {
    precondition(!available.isEmpty, "every processor runs the baseline")
    guard let name else { return available[0] }
    guard let set = KernelSet(rawValue: name) else { throw NeuralNetError.unknownKernels(name) }
    guard available.contains(set) else {
      throw NeuralNetError.unavailableKernels(name, available: available.map(\.rawValue))
    }
    return set
  }

  /// What `DANDYROLL_KERNELS` said when it was first looked at. It holds as long as the process lives.
  private static let selection = Result { try named(ProcessInfo.processInfo.environment[variable]) }

  /// To be called when a program starts, so that `current` cannot fail.
  /// - Throws: see `named`.
  package static func check() throws { _ = try selection.get() }

  /// The set that this process computes with. Ends the process if `DANDYROLL_KERNELS` asks for one that is not there.
  package static let current: KernelSet = {
    switch selection {
    case .success(let set): return set
    case .failure(let error): fatalError("\(error)")
    }
  }()

  /// What the instructions are called, which is what results depend on: "avx512", "avx2", and of the baseline "sse2",
  /// "neon" or "portable".
  package var name: String { kernels?.name ?? rawValue }

  /// The set as people are told of it: "avx512", "avx2", "baseline: sse2".
  package var title: String { name == rawValue ? name : "\(rawValue): \(name)" }

  /// nil where the processor does not run it.
  package var kernels: KernelTable? {
    switch self {
    #if arch(x86_64) && os(Linux)
      case .avx512: supportsAVX512() ? avx512Kernels : nil
      case .avx2: supportsAVX2() ? avx2Kernels : nil
    #else
      case .avx512, .avx2: nil
    #endif
    case .baseline: baselineKernels
    }
  }
}
