#if arch(x86_64)
  package import Kernels

  /// The kernels for processors with AVX2 and FMA. To be touched only where `supportsAVX2()` holds: this file is
  /// compiled with these instructions.
  package let avx2Kernels = KernelTable(lanes: SIMD8<Float>.self, name: "avx2")
#endif
