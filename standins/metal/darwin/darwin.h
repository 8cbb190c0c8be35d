/* What of macOS's libSystem is not Linux's, for an image that relink.py made: declarations of the
 * parts in this folder. The names are those of libSystem behind "darwin_". */
#pragma once

#include <pthread.h>
#include <stdio.h>

#define DARWIN __attribute__((visibility("hidden")))

/* Ends the process, which calls what there is no replacement for. */
DARWIN _Noreturn void darwin_missing(const char *name);
