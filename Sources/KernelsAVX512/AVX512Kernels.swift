#if arch(x86_64)
  package import Kernels

  /// The kernels for processors with AVX-512 F, BW, CD, DQ and VL. To be touched only where `supportsAVX512()` holds:
  /// this file is compiled with these instructions.
  package let avx512Kernels = KernelTable(lanes: SIMD16<Float>.self, name: "avx512")
#endif
