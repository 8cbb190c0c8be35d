/*
 * Times launches of the CPU plugin against the same loops in plain C with OpenMP, turn by turn in
 * one process, and prints one JSON object per line; times are in us. Arguments: the plugin, the
 * kernels' source, the seconds that each pair may take, the most elements, and a loop if it is to
 * be the only one.
 */
#include <dlfcn.h>
#include <nexus-api.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GROUP = 256, WIDTH = 1024, MAX_TURNS = 400000, MAX_BLOCK = 2000, MIN_BLOCKS = 3 };

#define NEXUS_API_FUNC(RETURN, NAME, ...) static nxs##NAME##_fn NAME;
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC

static void open_plugin(const char *path) {
  void *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (!plugin) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
#define NEXUS_API_FUNC(RETURN, NAME, ...) *(void **)&NAME = dlsym(plugin, "nxs" #NAME);
#include <nexus-api/_nxs_functions.h>
#undef NEXUS_API_FUNC
}

static int check(int result) {
  if (result >= 0) return result;
  char text[4096] = "";
  size_t size = sizeof text;
  GetLastErrorMessage(text, &size);
  fprintf(stderr, "status %d: %s\n", result, text);
  exit(1);
}

static double now_us(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static float *a, *b, *c;
static nxs_int *pixels;
static long n;
static int library, schedule;

static void omp_nothing(void) {
#pragma omp parallel
  {
    __asm__ volatile("");
  }
}

static void omp_add(void) {
#pragma omp parallel for schedule(static)
  for (long i = 0; i < n; ++i) c[i] = a[i] + b[i];
}

static void omp_mandelbrot(void) {
  const int width = WIDTH, height = (int)(n / WIDTH);
#pragma omp parallel for schedule(static)
  for (int row = 0; row < height; ++row)
    for (int column = 0; column < width; ++column) {
      const float cx = (float)column * (3.0f / (float)width) - 2.0f;
      const float cy = (float)row * (2.0f / (float)height) - 1.0f;
      float x = 0, y = 0;
      int count = 0;
      for (int k = 0; k < 64; ++k) {
        const float xx = x * x, yy = y * y;
        count += xx + yy <= 4.0f;
        y = 2.0f * x * y + cy;
        x = xx - yy + cx;
      }
      pixels[row * width + column] = count;
    }
}

static void omp_reduce(void) {
#pragma omp parallel for schedule(static)
  for (long g = 0; g < n / GROUP; ++g) {
    float part[GROUP] __attribute__((aligned(64)));
    memcpy(part, a + g * GROUP, sizeof part);
    for (int half = GROUP / 2; half > 0; half /= 2)
      for (int i = 0; i < half; ++i) part[i] += part[i + half];
    c[g] = part[0];
  }
}

static int buffer_of(void *memory, size_t size) {
  nxs_buffer_layout layout = {.rank = 1, .dim = {size}};
  return check(CreateBuffer(0, layout, memory, NXS_BufferSettings_OnDevice));
}

static void make_schedule(const char *name) {
  schedule = check(CreateSchedule(0, 0));
  const int command = check(CreateCommand(schedule, check(GetKernel(library, name)), 0));
  nxs_int width = WIDTH, height = (nxs_int)(n / WIDTH), argument = 0;
  const size_t bytes = (size_t)n * sizeof(float);
  if (!strcmp(name, "add")) {
    check(SetCommandArgument(command, argument++, buffer_of(a, bytes), NULL, 0));
    check(SetCommandArgument(command, argument++, buffer_of(b, bytes), NULL, 0));
    check(SetCommandArgument(command, argument++, buffer_of(c, bytes), NULL, 0));
  } else if (!strcmp(name, "reduce")) {
    check(SetCommandArgument(command, argument++, buffer_of(a, bytes), NULL, 0));
    check(SetCommandArgument(command, argument++, buffer_of(c, bytes), NULL, 0));
  } else if (!strcmp(name, "mandelbrot")) {
    check(SetCommandArgument(command, argument++, buffer_of(pixels, bytes), NULL, 0));
    check(SetCommandScalar(command, argument++, &width, NULL, NXS_DataType_I32));
    check(SetCommandScalar(command, argument++, &height, NULL, NXS_DataType_I32));
  }
  nxs_dim3 grid = {(nxs_uint)(n / GROUP), 1, 1}, group = {GROUP, 1, 1};
  if (!strcmp(name, "nothing")) grid.x = 1;
  if (!strcmp(name, "mandelbrot")) {
    grid.x = WIDTH / GROUP;
    grid.y = (nxs_uint)height;
  }
  check(FinalizeCommand(command, grid, group, 0));
}

static void ours(void) { check(RunSchedule(schedule, -1, 0)); }

static int compare(const void *x, const void *y) {
  const double a_ = *(const double *)x, b_ = *(const double *)y;
  return (a_ > b_) - (a_ < b_);
}

static void sort(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare);
}

/* Times of one side: the median of each block, and samples from all blocks. */
struct Side {
  double samples[MAX_TURNS], medians[MAX_TURNS];
  int count, blocks;
};

static void print_side(const char *name, struct Side *side) {
  sort(side->samples, side->count);
  const int p99 = side->count / 100 * 99 + side->count % 100 * 99 / 100;
  printf("\"%s\": {\"minimum\": %.4f, \"p99\": %.4f, \"count\": %d, \"medians\": [", name,
         side->samples[0], side->samples[p99], side->count);
  for (int i = 0; i < side->blocks; ++i) printf("%s%.4f", i ? ", " : "", side->medians[i]);
  printf("]}");
  side->count = side->blocks = 0;
}

static void rest(void) {
  const struct timespec time = {0, 5000000};
  nanosleep(&time, NULL);
}

/* Makes consecutive calls, as a program does, for about 10 ms. */
static int measure(void (*call)(void), double *times, int room) {
  /* The other side's threads spin for a while after their last call; the first calls wake one's
   * own. */
  rest();
  const double begin = now_us();
  while (now_us() < begin + 1000) call();
  const double end = now_us() + 10000;
  int count = 0;
  do {
    const double start = now_us();
    call();
    times[count++] = now_us() - start;
  } while (now_us() < end && count < room);
  return count;
}

static void add_block(struct Side *side, void (*call)(void)) {
  double *const samples = side->samples + side->count;
  const int more = measure(call, samples, MAX_BLOCK);
  sort(samples, more);
  side->medians[side->blocks++] = samples[more / 2];
  side->count += more;
}

static int has_room(const struct Side *side) { return side->count + MAX_BLOCK <= MAX_TURNS; }

static void race(const char *name, void (*theirs)(void), double seconds) {
  static struct Side nexus, openmp;
  make_schedule(name);
  const double end = now_us() + seconds * 1e6;
  do {
    add_block(&nexus, ours);
    add_block(&openmp, theirs);
  } while ((now_us() < end || nexus.blocks < MIN_BLOCKS) && has_room(&nexus) && has_room(&openmp));
  check(ReleaseSchedule(schedule));
  printf("{\"loop\": \"%s\", \"n\": %ld, ", name, n);
  print_side("nexus", &nexus);
  printf(", ");
  print_side("openmp", &openmp);
  printf("}\n");
  fflush(stdout);
}

int main(int argc, char **argv) {
  if (argc < 5 || argc > 6) {
    fprintf(stderr, "usage: %s PLUGIN KERNELS SECONDS ELEMENTS [LOOP]\n", argv[0]);
    return 2;
  }
  open_plugin(argv[1]);
  library = check(CreateLibraryFromFile(0, argv[2], 0));
  const double seconds = atof(argv[3]);
  const long most = atol(argv[4]);
  const char *only = argc > 5 ? argv[5] : NULL;
  const size_t size = sizeof(float) * (size_t)most;
  a = aligned_alloc(64, size);
  b = aligned_alloc(64, size);
  c = aligned_alloc(64, size);
  pixels = aligned_alloc(64, size);
  for (long i = 0; i < most; ++i) a[i] = b[i] = c[i] = (float)(i % 1000), pixels[i] = 0;

  const struct {
    const char *name;
    void (*theirs)(void);
  } loops[] = {
      {"nothing", omp_nothing},
      {"add", omp_add},
      {"mandelbrot", omp_mandelbrot},
      {"reduce", omp_reduce},
  };
  const long sizes[] = {1, 1l << 16, 1l << 20, 1l << 24};
  for (size_t s = 0; s < sizeof sizes / sizeof *sizes && sizes[s] <= most; ++s)
    for (size_t l = 0; l < sizeof loops / sizeof *loops; ++l) {
      n = sizes[s];
      /* Only the empty launch has a single item. */
      if ((n == 1) == (l == 0) && (!only || !strcmp(only, loops[l].name)))
        race(loops[l].name, loops[l].theirs, seconds);
    }
  return 0;
}
