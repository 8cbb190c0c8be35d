#include "graph.hpp"

#include <algorithm>

#include "device.hpp"
#include "library.hpp"

namespace nexus::gpu {
namespace {

// A stream for one capture.
class Capture {
 public:
  Capture() {
    check(driver().streamCreate(&stream_, native::kStreamNonBlocking), "creating a stream");
  }
  Capture(const Capture &) = delete;
  Capture &operator=(const Capture &) = delete;
  ~Capture() {
    if (graph_) driver().graphDestroy(graph_);
    driver().streamDestroy(stream_);
  }

  template <class Enqueue>
  native::GraphExec operator()(const Enqueue &enqueue) {
    check(driver().streamBeginCapture(stream_, native::kCaptureRelaxed), "beginning a capture");
    try {
      enqueue(stream_);
    } catch (...) {
      driver().streamEndCapture(stream_, &graph_);
      throw;
    }
    check(driver().streamEndCapture(stream_, &graph_), "ending a capture");
    native::GraphExec exec = nullptr;
    check(driver().graphInstantiateWithFlags(&exec, graph_, 0), "making a graph");
    return exec;
  }

 private:
  native::Stream stream_ = nullptr;
  native::Graph graph_ = nullptr;
};

}  // namespace

Graphs &Graphs::of(CommandList &list, const GpuDevice &device) {
  return static_cast<Graphs &>(
      list.compiled([&] { return std::make_unique<Graphs>(list, device); }));
}

Graphs::Graphs(const CommandList &list, const GpuDevice &device) : device_(device) {
  const auto &steps = list.steps;
  const auto launches = [&](std::size_t place) {
    return place < steps.size() && steps[place].launch && !steps[place].command->timed();
  };
  try {
    for (std::size_t first = 0; first < steps.size(); ++first) {
      if (!launches(first)) continue;
      std::size_t end = first;
      while (launches(end)) ++end;
      stretches_.reserve(stretches_.size() + 1);
      stretches_.push_back({first, end, Capture()([&](native::Stream stream) {
                              for (std::size_t place = first; place < end; ++place) {
                                const Launch &launch = *steps[place].launch;
                                static_cast<GpuKernel &>(*launch.kernel).launch(launch, stream);
                              }
                            })});
      first = end;
    }
  } catch (...) {
    destroy();
    throw;
  }
}

Graphs::~Graphs() {
  // Fails only if the context is lost, and the graphs with it.
  try {
    const CurrentContext current(device_.context());
    destroy();
  } catch (const Error &) {
    return;
  }
}

void Graphs::destroy() noexcept {
  for (const Stretch &stretch : stretches_) driver().graphExecDestroy(stretch.exec);
}

std::size_t Graphs::launch(std::size_t first, native::Stream stream) {
  const auto found = std::find_if(stretches_.begin(), stretches_.end(),
                                  [=](const Stretch &stretch) { return stretch.first == first; });
  const std::lock_guard lock(mutex_);
  check(driver().graphLaunch(found->exec, stream), "launching a graph of ",
        found->end - found->first, " kernels");
  return found->end;
}

}  // namespace nexus::gpu
