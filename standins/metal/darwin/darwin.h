/* Functions of macOS's libSystem that differ from Linux's, for images that relink.py makes. The
 * names are those of libSystem with the prefix "darwin_". */
#pragma once

#include <pthread.h>
#include <stdio.h>

#define DARWIN __attribute__((visibility("hidden")))

/* glibc's own allocator, which no preloaded library makes fail. It serves allocations that macOS
 * does not make, or that its loader makes. */
extern void *__libc_calloc(size_t count, size_t size);

/* Ends a process that calls a function without a replacement. */
DARWIN _Noreturn void darwin_missing(const char *name);
