#if arch(x86_64)
  /// The kernels that every processor of this architecture runs.
  package let baselineKernels = KernelTable(lanes: SIMD4<Float>.self, name: "sse2")
#elseif arch(arm64)
  /// The kernels that every processor of this architecture runs.
  package let baselineKernels = KernelTable(lanes: SIMD4<Float>.self, name: "neon")
#else
  /// The kernels that every processor of this architecture runs.
  package let baselineKernels = KernelTable(lanes: SIMD4<Float>.self, name: "portable")
#endif
