// The baseline of the CUDA benchmarks: loops of driver calls in C++, in a library that
// benchmarks/cuda_driver.py opens. Times are in seconds; a negative time means that a call failed.
#include <chrono>
#include <vector>

#include "driver/driver.hpp"

namespace {

namespace cu = nexus::cuda::cu;
using nexus::cuda::check;
using nexus::cuda::CurrentContext;
using nexus::cuda::driver;

cu::Context context;
cu::Stream stream;
cu::Event first, last;

struct Launch {
  cu::Function function;
  unsigned grid[3], group[3];
  int count;
  void **arguments;
};

void submit(const Launch &launch) {
  check(driver().cuLaunchKernel(launch.function, launch.grid[0], launch.grid[1], launch.grid[2],
                                launch.group[0], launch.group[1], launch.group[2], 0, stream,
                                launch.arguments, nullptr),
        "launch");
}

template <class Body>
double seconds(const Body &body) {
  try {
    const CurrentContext current(context);
    check(driver().cuStreamSynchronize(stream), "synchronize");
    const auto begin = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    check(driver().cuStreamSynchronize(stream), "synchronize");
    return took.count();
  } catch (const nexus::sdk::Error &) {
    return -1;
  }
}

}  // namespace

extern "C" {

// Retains the primary context of a device. It is current only during each call, because the other
// side also has to make it current. Returns false without a driver.
bool baseline_open(int ordinal) {
  cu::Device device;
  if (!driver().problem.empty() || driver().cuDeviceGet(&device, ordinal) ||
      driver().cuDevicePrimaryCtxRetain(&context, device))
    return false;
  const CurrentContext current(context);
  return !driver().cuStreamCreate(&stream, cu::kStreamNonBlocking) &&
         !driver().cuEventCreate(&first, cu::kEventDefault) &&
         !driver().cuEventCreate(&last, cu::kEventDefault);
}

void *baseline_function(const char *image, const char *name) {
  const CurrentContext current(context);
  cu::Module module;
  cu::Function function = nullptr;
  if (driver().cuModuleLoadDataEx(&module, image, 0, nullptr, nullptr)) return nullptr;
  return driver().cuModuleGetFunction(&function, module, name) ? nullptr : function;
}

// Allocates pinned host memory.
void *baseline_pinned(std::size_t size) {
  const CurrentContext current(context);
  void *memory = nullptr;
  return driver().cuMemHostAlloc(&memory, size, cu::kHostAllocPortable) ? nullptr : memory;
}

// Submits `times` launches without waiting for them.
double baseline_launches(const Launch *launch, int times) {
  return seconds([&] {
    for (int i = 0; i < times; ++i) submit(*launch);
  });
}

// Runs `times` launches, waiting for each.
double baseline_blocking(const Launch *launch, int times) {
  return seconds([&] {
    for (int i = 0; i < times; ++i) {
      submit(*launch);
      check(driver().cuStreamSynchronize(stream), "synchronize");
    }
  });
}

// Builds a graph of `kernels` launches; NULL on failure.
void *baseline_graph(const Launch *launch, int kernels) {
  const CurrentContext current(context);
  cu::Graph graph = nullptr;
  cu::GraphExec exec = nullptr;
  if (driver().cuStreamBeginCapture_v2(stream, cu::kCaptureRelaxed)) return nullptr;
  try {
    for (int i = 0; i < kernels; ++i) submit(*launch);
  } catch (const nexus::sdk::Error &) {
    return nullptr;
  }
  if (driver().cuStreamEndCapture(stream, &graph)) return nullptr;
  return driver().cuGraphInstantiateWithFlags(&exec, graph, 0) ? nullptr : exec;
}

// Replays a graph `times` times, waiting for each replay.
double baseline_replays(void *graph, int times) {
  return seconds([&] {
    for (int i = 0; i < times; ++i) {
      check(driver().cuGraphLaunch(static_cast<cu::GraphExec>(graph), stream), "replay");
      check(driver().cuStreamSynchronize(stream), "synchronize");
    }
  });
}

// Copies between any two addresses, and waits.
double baseline_copy(cu::Pointer to, cu::Pointer from, std::size_t size) {
  return seconds([&] {
    check(driver().cuMemcpyAsync(to, from, size, stream), "copy");
    check(driver().cuStreamSynchronize(stream), "synchronize");
  });
}

// Measures one launch by the device's clock.
double baseline_kernel(const Launch *launch) {
  try {
    const CurrentContext current(context);
    float milliseconds = 0;
    check(driver().cuEventRecord(first, stream), "record");
    submit(*launch);
    check(driver().cuEventRecord(last, stream), "record");
    check(driver().cuEventSynchronize(last), "synchronize");
    check(driver().cuEventElapsedTime(&milliseconds, first, last), "measure");
    return milliseconds / 1e3;
  } catch (const nexus::sdk::Error &) {
    return -1;
  }
}

}  // extern "C"
