#ifndef CPEAK_H
#define CPEAK_H

#include <stdint.h>

/// The instructions that a peak is measured with; they match the sets of kernels.
enum cpeak_instructions {
  /// Multiplications and additions on the vectors that every processor of this architecture has: SSE2, NEON (fused).
  CPEAK_BASELINE,
  /// Fused on vectors of 8. x86-64 only, and only where the processor has them, as with the next.
  CPEAK_AVX2,
  /// Fused on vectors of 16.
  CPEAK_AVX512,
};

/// Multiplies and adds on registers and does nothing else, `rounds` times over.
/// Returns how many floating-point operations that were, a multiplication and an addition counting one each.
uint64_t cpeak_run(enum cpeak_instructions instructions, uint64_t rounds);

#endif
