#include "CPeak.h"

// As many independent sums as hide the latency: on current processors 4 cycles times two units for a fused operation,
// and about 7 times two for a product and a sum one after the other. Two registers hold the factors.

typedef float vector4 __attribute__((vector_size(16)));
typedef float vector8 __attribute__((vector_size(32)));
typedef float vector16 __attribute__((vector_size(64)));

// The compiler must not know what goes in, or it finds sums that do not change and drops them; and what comes out has
// to be wanted. Threads may write `discarded` at the same time; nobody reads it.
static const volatile float unknown = 1.5f;
static volatile float discarded;

#define FUSED(sum) __builtin_elementwise_fma(sum, scale, shift)
#define SEPARATE(sum) ((sum)*scale + shift)

// Sums stay near 1: 0.999·x + 0.001. A denormal or an infinity would be slower than what is to be measured.
#define PEAK(name, attributes, vector, lanes, sums, step)                                                              \
  attributes static uint64_t name(uint64_t rounds) {                                                                   \
    const vector scale = (vector){} + 0.999f, shift = (vector){} + 0.001f;                                             \
    vector values[sums];                                                                                               \
    for (int i = 0; i < sums; i++) values[i] = (vector){} + (unknown + i);                                             \
    for (uint64_t round = 0; round < rounds; round++) {                                                                \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < sums; i++) values[i] = step(values[i]);                   \
    }                                                                                                                  \
    float total = 0;                                                                                                   \
    for (int i = 0; i < sums; i++) total += values[i][0];                                                              \
    discarded = total;                                                                                                 \
    return rounds * sums * lanes * 2;                                                                                  \
  }

#if defined(__x86_64__)

PEAK(peak_baseline, , vector4, 4, 14, SEPARATE)
PEAK(peak_avx2, __attribute__((target("avx2,fma"))), vector8, 8, 12, FUSED)
PEAK(peak_avx512, __attribute__((target("avx512f,avx512vl"))), vector16, 16, 16, FUSED)

uint64_t cpeak_run(enum cpeak_instructions instructions, uint64_t rounds) {
  switch (instructions) {
  case CPEAK_AVX512: return peak_avx512(rounds);
  case CPEAK_AVX2: return peak_avx2(rounds);
  default: return peak_baseline(rounds);
  }
}

#else

PEAK(peak_baseline, , vector4, 4, 16, FUSED)

uint64_t cpeak_run(enum cpeak_instructions instructions, uint64_t rounds) { return peak_baseline(rounds); }

#endif
