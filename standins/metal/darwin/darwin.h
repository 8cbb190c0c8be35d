/* Functions of macOS's libSystem that differ from Linux's, for images that relink.py makes. The
 * names are those of libSystem with the prefix "darwin_". */
#pragma once

#include <pthread.h>
#include <stdio.h>

#define DARWIN __attribute__((visibility("hidden")))

/* Ends a process that calls a function without a replacement. */
DARWIN _Noreturn void darwin_missing(const char *name);
