#include "CProcessor.h"

#if defined(__x86_64__)

#include <cpuid.h>
#include <stdint.h>

// Feature bits by CPUID leaf and register, as Intel's and AMD's manuals list them.
enum {
  LEAF_1_ECX = bit_FMA | bit_MOVBE | bit_OSXSAVE | bit_AVX | bit_F16C,
  LEAF_7_EBX = bit_BMI | bit_AVX2 | bit_BMI2,
  EXTENDED_1_ECX = 1 << 5, // LZCNT
};
static const uint32_t leaf_7_ebx_512 = bit_AVX512F | bit_AVX512DQ | bit_AVX512CD | bit_AVX512BW | bit_AVX512VL;

// What the operating system saves on a context switch: XMM and YMM; opmask, upper ZMM, ZMM16 to ZMM31.
static const uint32_t ymm_state = 0x06, zmm_state = 0xe6;

static bool has(uint32_t value, uint32_t bits) { return (value & bits) == bits; }

static bool runs(uint32_t leaf_7_ebx, uint32_t state) {
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !has(c, LEAF_1_ECX)) return false;
  // XGETBV is an instruction only where OSXSAVE is set, hence the order.
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  if (!has(low, state)) return false;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d) || !has(b, leaf_7_ebx)) return false;
  return __get_cpuid(0x80000001, &a, &b, &c, &d) && has(c, EXTENDED_1_ECX);
}

bool cprocessor_runs_x86_64_v3(void) { return runs(LEAF_7_EBX, ymm_state); }

bool cprocessor_runs_x86_64_v4(void) { return runs(LEAF_7_EBX | leaf_7_ebx_512, zmm_state); }

#else

bool cprocessor_runs_x86_64_v3(void) { return false; }

bool cprocessor_runs_x86_64_v4(void) { return false; }

#endif
