/* The baseline of the OpenCL benchmarks: loops of the driver's calls in C, in a library that
 * baseline.py opens once for each driver. Times are in seconds; a negative time means that a call
 * failed. */
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
#include <string.h>
#include <time.h>

enum { MOST_PLATFORMS = 16, ARGUMENTS = 3 };

static cl_context context;
static cl_command_queue queue;
static cl_kernel kernel;
static cl_mem buffers[ARGUMENTS];
/* One for each kind of copy: what is left of another copy in a cache would shorten the next one. */
static cl_mem copied, mapped;
static size_t items;

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

static cl_device_id device_of(const char *platform) {
  cl_platform_id all[MOST_PLATFORMS];
  cl_uint count = 0;
  if (clGetPlatformIDs(MOST_PLATFORMS, all, &count)) return NULL;
  for (cl_uint i = 0; i < count && i < MOST_PLATFORMS; ++i) {
    char name[256] = "";
    cl_device_id device = NULL;
    if (!clGetPlatformInfo(all[i], CL_PLATFORM_NAME, sizeof name, name, NULL) &&
        !strncmp(name, platform, strlen(platform)) &&
        !clGetDeviceIDs(all[i], CL_DEVICE_TYPE_ALL, 1, &device, NULL))
      return device;
  }
  return NULL;
}

/* Prepares launches of the kernel `add` on `count` floats, and copies of up to `most` bytes.
 * Returns 0 on success. */
int baseline_open(const char *platform, const char *source, size_t count, size_t most) {
  const cl_device_id device = device_of(platform);
  cl_int failed = 0;
  if (!device) return -1;
  if (!(context = clCreateContext(NULL, 1, &device, NULL, NULL, &failed))) return failed;
  if (!(queue = clCreateCommandQueue(context, device, 0, &failed))) return failed;
  const cl_program program = clCreateProgramWithSource(context, 1, &source, NULL, &failed);
  if (!program) return failed;
  if ((failed = clBuildProgram(program, 1, &device, "", NULL, NULL))) return failed;
  if (!(kernel = clCreateKernel(program, "add", &failed))) return failed;
  for (int i = 0; i < ARGUMENTS; ++i) {
    buffers[i] = clCreateBuffer(context, CL_MEM_READ_WRITE, count * sizeof(float), NULL, &failed);
    if (failed) return failed;
  }
  copied = clCreateBuffer(context, CL_MEM_READ_WRITE, most, NULL, &failed);
  if (failed) return failed;
  mapped = clCreateBuffer(context, CL_MEM_READ_WRITE, most, NULL, &failed);
  items = count;
  return failed;
}

/* Launches the kernel, after setting its arguments if asked to. */
static cl_int launch(int setting) {
  for (cl_uint i = 0; setting && i < ARGUMENTS; ++i) {
    const cl_int failed = clSetKernelArg(kernel, i, sizeof(cl_mem), &buffers[i]);
    if (failed) return failed;
  }
  return clEnqueueNDRangeKernel(queue, kernel, 1, NULL, &items, &items, 0, NULL, NULL);
}

/* Runs `times` launches, and waits for each. The arguments are set for each, or once. */
double baseline_waited(int times, int each) {
  const double begin = now();
  for (int i = 0; i < times; ++i)
    if (launch(each || !i) || clFinish(queue)) return -1;
  return now() - begin;
}

/* Runs `times` launches, and waits for all. */
double baseline_pipelined(int times, int each) {
  const double begin = now();
  for (int i = 0; i < times; ++i)
    if (launch(each || !i)) return -1;
  return clFinish(queue) ? -1 : now() - begin;
}

double baseline_write(const void *from, size_t size) {
  const double begin = now();
  if (clEnqueueWriteBuffer(queue, copied, CL_TRUE, 0, size, from, 0, NULL, NULL)) return -1;
  return now() - begin;
}

double baseline_read(void *to, size_t size) {
  const double begin = now();
  if (clEnqueueReadBuffer(queue, copied, CL_TRUE, 0, size, to, 0, NULL, NULL)) return -1;
  return now() - begin;
}

static double copy_mapped(void *to, const void *from, size_t size) {
  const double begin = now();
  const cl_map_flags flags = to ? CL_MAP_READ : CL_MAP_WRITE_INVALIDATE_REGION;
  void *const memory =
      clEnqueueMapBuffer(queue, mapped, CL_TRUE, flags, 0, size, 0, NULL, NULL, NULL);
  if (!memory) return -1;
  memcpy(to ? to : memory, to ? memory : from, size);
  if (clEnqueueUnmapMemObject(queue, mapped, memory, 0, NULL, NULL) || clFinish(queue)) return -1;
  return now() - begin;
}

double baseline_write_mapped(const void *from, size_t size) {
  return copy_mapped(NULL, from, size);
}

double baseline_read_mapped(void *to, size_t size) { return copy_mapped(to, NULL, size); }
