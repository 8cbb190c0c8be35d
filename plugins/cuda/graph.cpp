#include "graph.hpp"

#include <algorithm>

#include "device.hpp"
#include "library.hpp"

namespace nexus::cuda {
namespace {

// A stream for one capture.
class Capture {
 public:
  Capture() {
    check(driver().cuStreamCreate(&stream_, cu::kStreamNonBlocking), "creating a stream");
  }
  Capture(const Capture &) = delete;
  Capture &operator=(const Capture &) = delete;
  ~Capture() {
    if (graph_) driver().cuGraphDestroy(graph_);
    driver().cuStreamDestroy_v2(stream_);
  }

  template <class Enqueue>
  cu::GraphExec operator()(const Enqueue &enqueue) {
    check(driver().cuStreamBeginCapture_v2(stream_, cu::kCaptureRelaxed), "beginning a capture");
    try {
      enqueue(stream_);
    } catch (...) {
      driver().cuStreamEndCapture(stream_, &graph_);
      throw;
    }
    check(driver().cuStreamEndCapture(stream_, &graph_), "ending a capture");
    cu::GraphExec exec = nullptr;
    check(driver().cuGraphInstantiateWithFlags(&exec, graph_, 0), "making a graph");
    return exec;
  }

 private:
  cu::Stream stream_ = nullptr;
  cu::Graph graph_ = nullptr;
};

}  // namespace

Graphs &Graphs::of(CommandList &list, const CudaDevice &device) {
  return static_cast<Graphs &>(
      list.compiled([&] { return std::make_unique<Graphs>(list, device); }));
}

Graphs::Graphs(const CommandList &list, const CudaDevice &device) : device_(device) {
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
      stretches_.push_back({first, end, Capture()([&](cu::Stream stream) {
                              for (std::size_t place = first; place < end; ++place) {
                                const Launch &launch = *steps[place].launch;
                                static_cast<CudaKernel &>(*launch.kernel).launch(launch, stream);
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
  for (const Stretch &stretch : stretches_) driver().cuGraphExecDestroy(stretch.exec);
}

std::size_t Graphs::launch(std::size_t first, cu::Stream stream) {
  const auto found = std::find_if(stretches_.begin(), stretches_.end(),
                                  [=](const Stretch &stretch) { return stretch.first == first; });
  const std::lock_guard lock(mutex_);
  check(driver().cuGraphLaunch(found->exec, stream), "launching a graph of ",
        found->end - found->first, " kernels");
  return found->end;
}

}  // namespace nexus::cuda
