/*
 * Preloaded into workers: makes one allocation of a call fail, and counts the blocks that the call
 * leaves allocated. It affects only the calling thread, and only during the call.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_ARGUMENTS 8
/* More than a compiler in a driver keeps at once: searches in a full table take long. */
#define SLOTS (1 << 18)
#define CALLER __builtin_return_address(0)

enum { MALLOC, MMAP, THREAD };

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *block);

#define PER_THREAD static __thread __attribute__((tls_model("initial-exec")))

PER_THREAD int armed;
PER_THREAD int failing_kind;
PER_THREAD long countdown;
PER_THREAD long seen;
PER_THREAD long failed;

/* Blocks allocated by armed calls and not freed yet, in an open-addressing table. */
static void *blocks[SLOTS];
static long live;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* Spreads blocks that lie side by side, which else would fill slots side by side. */
static size_t slot_of(const void *block) {
  return ((uint64_t)(uintptr_t)block * UINT64_C(0x9E3779B97F4A7C15) >> 40) % SLOTS;
}

static void *remember(void *block) {
  if (!armed || block == NULL) return block;
  pthread_mutex_lock(&lock);
  size_t slot = slot_of(block);
  for (long tries = 0; tries < SLOTS; ++tries, slot = (slot + 1) % SLOTS) {
    if (blocks[slot] == NULL) {
      blocks[slot] = block;
      __atomic_add_fetch(&live, 1, __ATOMIC_RELAXED);
      break;
    }
  }
  pthread_mutex_unlock(&lock);
  return block;
}

/* Empties a slot. Blocks behind it move up, since a search ends at the first empty slot. */
static void empty(size_t slot) {
  size_t next = (slot + 1) % SLOTS;
  for (long tries = 1; tries < SLOTS && blocks[next] != NULL; ++tries, next = (next + 1) % SLOTS) {
    const size_t wanted = slot_of(blocks[next]);
    if ((next - wanted) % SLOTS < (next - slot) % SLOTS) continue;
    blocks[slot] = blocks[next];
    slot = next;
  }
  blocks[slot] = NULL;
}

static void forget(const void *block) {
  if (block == NULL || __atomic_load_n(&live, __ATOMIC_RELAXED) == 0) return;
  pthread_mutex_lock(&lock);
  size_t slot = slot_of(block);
  for (long tries = 0; tries < SLOTS && blocks[slot] != NULL; ++tries, slot = (slot + 1) % SLOTS) {
    if (blocks[slot] == block) {
      empty(slot);
      __atomic_sub_fetch(&live, 1, __ATOMIC_RELAXED);
      break;
    }
  }
  pthread_mutex_unlock(&lock);
}

/* Where the dynamic loader's code is. */
static uintptr_t loader_begin, loader_end;

static int find_loader(struct dl_phdr_info *object, size_t size, void *data) {
  (void)size, (void)data;
  if (object->dlpi_addr != getauxval(AT_BASE)) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const uintptr_t end =
        object->dlpi_addr + object->dlpi_phdr[i].p_vaddr + object->dlpi_phdr[i].p_memsz;
    if (object->dlpi_phdr[i].p_type == PT_LOAD && end > loader_end) loader_end = end;
  }
  loader_begin = object->dlpi_addr;
  return 1;
}

__attribute__((constructor)) static void begin(void) { dl_iterate_phdr(find_loader, NULL); }

/* What the loader asks for is not the plugin's, and glibc's cannot load again once it failed. */
static int is_loader(const void *caller) {
  return (uintptr_t)caller >= loader_begin && (uintptr_t)caller < loader_end;
}

static int fails(int kind, const void *caller) {
  if (!armed || kind != failing_kind || is_loader(caller)) return 0;
  ++seen;
  if (countdown == 0 || --countdown != 0) return 0;
  failed = 1;
  errno = kind == THREAD ? EAGAIN : ENOMEM;
  return 1;
}

void *malloc(size_t size) { return fails(MALLOC, CALLER) ? NULL : remember(__libc_malloc(size)); }

void *calloc(size_t count, size_t size) {
  return fails(MALLOC, CALLER) ? NULL : remember(__libc_calloc(count, size));
}

void *realloc(void *block, size_t size) {
  if (fails(MALLOC, CALLER)) return NULL;
  forget(block);
  return remember(__libc_realloc(block, size));
}

void free(void *block) {
  forget(block);
  __libc_free(block);
}

static void *aligned(size_t alignment, size_t size, const void *caller) {
  return fails(MALLOC, caller) ? NULL : remember(__libc_memalign(alignment, size));
}

void *memalign(size_t alignment, size_t size) { return aligned(alignment, size, CALLER); }

void *aligned_alloc(size_t alignment, size_t size) { return aligned(alignment, size, CALLER); }

int posix_memalign(void **block, size_t alignment, size_t size) {
  const int before = errno;
  void *const memory = aligned(alignment, size, CALLER);
  errno = before;
  if (memory == NULL) return ENOMEM;
  *block = memory;
  return 0;
}

void *mmap(void *address, size_t size, int protection, int flags, int file, off_t offset) {
  if (fails(MMAP, CALLER)) return MAP_FAILED;
  return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

void *mmap64(void *address, size_t size, int protection, int flags, int file, off_t offset)
    __attribute__((alias("mmap")));

typedef int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *),
                   void *data) {
  static create next;
  if (fails(THREAD, CALLER)) return EAGAIN;
  create found = __atomic_load_n(&next, __ATOMIC_RELAXED);
  if (found == NULL) {
    found = (create)dlsym(RTLD_NEXT, "pthread_create");
    __atomic_store_n(&next, found, __ATOMIC_RELAXED);
  }
  return found(thread, attributes, run, data);
}

/* The trampolines take integers and pointers only, which all are passed as a long is. */
typedef int (*call)(long, long, long, long, long, long, long, long);

/* fail_at: which allocation of the kind fails, from 1; none for 0. */
long nexus_kit_call(void *function, const long *a, long fail_at, int kind, long *allocations,
                    long *was_failed) {
  /* What earlier calls left is not this call's. */
  pthread_mutex_lock(&lock);
  for (long slot = 0; slot < SLOTS && live != 0; ++slot) blocks[slot] = NULL;
  __atomic_store_n(&live, 0, __ATOMIC_RELAXED);
  pthread_mutex_unlock(&lock);
  failing_kind = kind;
  countdown = fail_at;
  seen = failed = 0;
  armed = 1;
  const int result = ((call)function)(a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7]);
  armed = 0;
  *allocations = seen;
  *was_failed = failed;
  return result;
}

long nexus_kit_live(void) { return __atomic_load_n(&live, __ATOMIC_RELAXED); }
