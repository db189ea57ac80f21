#ifndef CALLOCATIONCOUNTER_H
#define CALLOCATIONCOUNTER_H

#include <stdbool.h>

/// Whether this test program's allocator counts at all: only where the C library lets itself be wrapped.
bool allocation_counter_works(void);

/// Starts or stops counting the calling thread's allocations.
void allocation_counter_watch(bool watched);

/// Allocations of all watched threads since the last reset.
long allocation_counter_count(void);

void allocation_counter_reset(void);

#endif
