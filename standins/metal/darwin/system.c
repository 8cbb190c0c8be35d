/* Files, clocks and other system calls whose constants or layouts differ. Error numbers are
 * Linux's, which equal macOS's up to 34 with one exception. */
#include "darwin.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* Constants of macOS's time.h and unistd.h. */
enum { DARWIN_REALTIME = 0, DARWIN_MONOTONIC_RAW = 4, DARWIN_MONOTONIC = 6, DARWIN_PAGE_SIZE = 29 };

DARWIN int darwin_clock_gettime(unsigned clock, struct timespec *now) {
  switch (clock) {
    case DARWIN_REALTIME: return clock_gettime(CLOCK_REALTIME, now);
    case DARWIN_MONOTONIC_RAW: return clock_gettime(CLOCK_MONOTONIC_RAW, now);
    case DARWIN_MONOTONIC: return clock_gettime(CLOCK_MONOTONIC, now);
    default: darwin_missing("clock_gettime with another clock");
  }
}

DARWIN long darwin_sysconf(int name) {
  if (name != DARWIN_PAGE_SIZE) darwin_missing("sysconf with another name");
  return sysconf(_SC_PAGESIZE);
}

/* The layout in macOS's sys/stat.h with 64-bit inode numbers. */
typedef struct {
  int32_t device;
  uint16_t mode, links;
  uint64_t inode;
  uint32_t user, group;
  int32_t special_device;
  struct timespec accessed, modified, changed, born;
  int64_t size, blocks;
  int32_t block_size;
  uint32_t flags, generation;
  int32_t spare;
  int64_t spares[2];
} status;
_Static_assert(sizeof(status) == 144, "macOS's struct stat has 144 bytes");

DARWIN int darwin_stat_INODE64(const char *path, status *result) {
  struct stat found;
  if (stat(path, &found) != 0) return -1;
  *result = (status){.device = (int32_t)found.st_dev,
                     .mode = (uint16_t)found.st_mode,
                     .links = (uint16_t)found.st_nlink,
                     .inode = found.st_ino,
                     .user = found.st_uid,
                     .group = found.st_gid,
                     .special_device = (int32_t)found.st_rdev,
                     .accessed = found.st_atim,
                     .modified = found.st_mtim,
                     .changed = found.st_ctim,
                     .size = found.st_size,
                     .blocks = found.st_blocks,
                     .block_size = (int32_t)found.st_blksize};
  return 0;
}

/* The classes of characters in the locale "C", of macOS's runetype.h and _ctype.h. */
struct {
  char magic[8], encoding[32];
  void *read, *write;
  int32_t invalid;
  uint32_t classes[256];
  int32_t lower[256], upper[256];
} DARWIN darwin__DefaultRuneLocale;

__attribute__((constructor)) static void classify(void) {
  const struct {
    int (*is)(int);
    uint32_t class;
  } classes[] = {{isalpha, 0x100},    {iscntrl, 0x200},   {isdigit, 0x400},  {isgraph, 0x800},
                 {islower, 0x1000},   {ispunct, 0x2000},  {isspace, 0x4000}, {isupper, 0x8000},
                 {isxdigit, 0x10000}, {isblank, 0x20000}, {isprint, 0x40000}};
  for (int c = 0; c < 256; ++c) {
    for (size_t i = 0; c < 128 && i < sizeof classes / sizeof *classes; ++i)
      if (classes[i].is(c)) darwin__DefaultRuneLocale.classes[c] |= classes[i].class;
    darwin__DefaultRuneLocale.lower[c] = c < 128 ? tolower(c) : c;
    darwin__DefaultRuneLocale.upper[c] = c < 128 ? toupper(c) : c;
  }
}
