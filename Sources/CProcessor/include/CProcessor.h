#ifndef CPROCESSOR_H
#define CPROCESSOR_H

#include <stdbool.h>

/// Whether the processor and the operating system run code compiled for x86-64-v3 (AVX2, FMA, BMI, F16C).
bool cprocessor_runs_x86_64_v3(void);

/// Whether the processor and the operating system run code compiled for x86-64-v4 (AVX-512 F, BW, CD, DQ, VL).
bool cprocessor_runs_x86_64_v4(void);

#endif
