// The baseline of the CUDA benchmarks: loops of driver calls in C++, in a library that
// benchmarks/cuda_driver.py opens. Times are in seconds; a negative time means that a call failed.
#include <chrono>
#include <vector>

#include "driver/driver.hpp"

namespace {

namespace native = nexus::gpu::native;
using nexus::gpu::check;
using nexus::gpu::CurrentContext;
using nexus::gpu::driver;

native::Context context;
native::Stream stream;
native::Event first, last;

struct Launch {
  native::Function function;
  unsigned grid[3], group[3];
  int count;
  void **arguments;
};

void submit(const Launch &launch) {
  check(driver().launchKernel(launch.function, launch.grid[0], launch.grid[1], launch.grid[2],
                              launch.group[0], launch.group[1], launch.group[2], 0, stream,
                              launch.arguments, nullptr),
        "launch");
}

template <class Body>
double seconds(const Body &body) {
  try {
    const CurrentContext current(context);
    check(driver().streamSynchronize(stream), "synchronize");
    const auto begin = std::chrono::steady_clock::now();
    body();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    check(driver().streamSynchronize(stream), "synchronize");
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
  native::Device device;
  if (!driver().problem.empty() || driver().deviceGet(&device, ordinal) ||
      driver().devicePrimaryCtxRetain(&context, device))
    return false;
  const CurrentContext current(context);
  return !driver().streamCreate(&stream, native::kStreamNonBlocking) &&
         !driver().eventCreate(&first, native::kEventDefault) &&
         !driver().eventCreate(&last, native::kEventDefault);
}

void *baseline_function(const char *image, const char *name) {
  const CurrentContext current(context);
  native::Module module;
  native::Function function = nullptr;
  if (driver().moduleLoadDataEx(&module, image, 0, nullptr, nullptr)) return nullptr;
  return driver().moduleGetFunction(&function, module, name) ? nullptr : function;
}

// Allocates pinned host memory.
void *baseline_pinned(std::size_t size) {
  const CurrentContext current(context);
  void *memory = nullptr;
  return driver().memHostAlloc(&memory, size, native::kHostAllocPortable) ? nullptr : memory;
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
      check(driver().streamSynchronize(stream), "synchronize");
    }
  });
}

// Builds a graph of `kernels` launches; NULL on failure.
void *baseline_graph(const Launch *launch, int kernels) {
  const CurrentContext current(context);
  native::Graph graph = nullptr;
  native::GraphExec exec = nullptr;
  if (driver().streamBeginCapture(stream, native::kCaptureRelaxed)) return nullptr;
  try {
    for (int i = 0; i < kernels; ++i) submit(*launch);
  } catch (const nexus::sdk::Error &) {
    return nullptr;
  }
  if (driver().streamEndCapture(stream, &graph)) return nullptr;
  return driver().graphInstantiateWithFlags(&exec, graph, 0) ? nullptr : exec;
}

// Replays a graph `times` times, waiting for each replay.
double baseline_replays(void *graph, int times) {
  return seconds([&] {
    for (int i = 0; i < times; ++i) {
      check(driver().graphLaunch(static_cast<native::GraphExec>(graph), stream), "replay");
      check(driver().streamSynchronize(stream), "synchronize");
    }
  });
}

// Copies between any two addresses, and waits.
double baseline_copy(native::Pointer to, native::Pointer from, std::size_t size) {
  return seconds([&] {
    check(driver().memcpyAsync(to, from, size, stream), "copy");
    check(driver().streamSynchronize(stream), "synchronize");
  });
}

// Measures one launch by the device's clock.
double baseline_kernel(const Launch *launch) {
  try {
    const CurrentContext current(context);
    float milliseconds = 0;
    check(driver().eventRecord(first, stream), "record");
    submit(*launch);
    check(driver().eventRecord(last, stream), "record");
    check(driver().eventSynchronize(last), "synchronize");
    check(driver().eventElapsedTime(&milliseconds, first, last), "measure");
    return milliseconds / 1e3;
  } catch (const nexus::sdk::Error &) {
    return -1;
  }
}

}  // extern "C"
