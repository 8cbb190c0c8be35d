"""Beginning of a program in C: the types of the ABI, and functions that check answers."""

HEAD = """\
/* {message}
 *
 * cc -o show {file} -ldl && ./show {plugin}
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct nxs_dim3 {{ uint32_t x, y, z; }} nxs_dim3;
typedef struct nxs_buffer_layout {{
  uint32_t data_type, rank;
  uint64_t dim[8], stride[8];
}} nxs_buffer_layout;
typedef struct nxs_launch_argument {{
  const void *value;
  int32_t buffer_id;
  uint32_t data_type;
}} nxs_launch_argument;
typedef struct nxs_launch {{
  nxs_dim3 grid_size, group_size;
  uint32_t shared_memory_size, argument_count;
  const nxs_launch_argument *arguments;
}} nxs_launch;

static void *plugin;
static int32_t issued[{count}];
static int issued_count;

static inline void *function(const char *name) {{
  void *found = dlsym(plugin, name);
  if (!found) printf("the plugin has no %s\\n", name), exit(2);
  return found;
}}

static inline void begin(int step, const char *name) {{
  printf("%d: %s\\n", step, name);
  fflush(stdout);
  usleep(2000); /* Lets threads of the plugin begin to wait. */
}}

static inline void expect(int right, const char *what) {{
  if (right) return;
  printf("WRONG: %s\\n", what);
  exit(1);
}}

static inline int32_t new_handle(int32_t handle, const char *what) {{
  int right = handle >= 0;
  for (int i = 0; i < issued_count; ++i) right &= issued[i] != handle;
  expect(right, what);
  return issued[issued_count++] = handle;
}}

static inline void show(const void *memory, size_t size) {{
  for (size_t i = 0; i < size; ++i) printf("%02x ", ((const unsigned char *)memory)[i]);
  puts("");
}}

/* Returns memory that ends at an inaccessible page. */
static inline unsigned char *guarded(size_t size) {{
  const size_t page = (size_t)sysconf(_SC_PAGESIZE), length = (size + page - 1) / page * page;
  const int writable = PROT_READ | PROT_WRITE, own = MAP_PRIVATE | MAP_ANONYMOUS;
  unsigned char *memory = mmap(NULL, length + page, writable, own, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + length, page, PROT_NONE)) exit(2);
  return (unsigned char *)memset(memory, 0xa5, length) + (length - size);
}}

/* Fills memory with repetitions of a unit. */
static inline void repeat(unsigned char *memory, size_t size, const char *unit, size_t unit_size) {{
  for (size_t i = 0; i < size; ++i) memory[i] = (unsigned char)unit[i % unit_size];
}}

/* Fills memory with bytes in which no two places look alike. */
static inline void pattern(unsigned char *memory, size_t size, size_t seed) {{
  for (size_t i = 0; i < size; ++i)
    memory[i] = (unsigned char)(seed * 31 + i * 7 + (i >> 8) * 13 + (i >> 16));
}}

/* Returns memory with a margin before and after it. */
static inline unsigned char *out(size_t size) {{
  unsigned char *memory = malloc(size + 128);
  memset(memory, 0xa5, size + 128);
  return memory + 64;
}}

static inline void expect_margins(const unsigned char *memory, size_t size, const char *what) {{
  for (int i = 0; i < 64; ++i)
    expect(memory[-1 - i] == 0xa5 && memory[size + (size_t)i] == 0xa5, what);
}}

/* Checks the start of memory, and that the rest has not changed. */
static inline void expect_memory(const unsigned char *memory, size_t size, const void *wanted,
                                 size_t wanted_size, const char *what) {{
  expect(memcmp(memory, wanted, wanted_size) == 0, what);
  for (size_t i = wanted_size; i < size; ++i) expect(memory[i] == 0xa5, what);
}}

{prototypes}
int main(int argc, char **argv) {{
  const char *name = argc > 1 ? argv[1] : {plugin_text};
  /* Absolute, since a name without a folder is searched for elsewhere. */
  char *path = realpath(name, NULL);
  alarm(30); /* Ends a hang. */
  plugin = dlopen(path ? path : name, RTLD_NOW | RTLD_LOCAL);
  free(path);
  if (!plugin) printf("cannot be loaded: %s\\n", dlerror()), exit(2);
"""
