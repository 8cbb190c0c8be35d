// Graphs: launches that the driver records once and repeats as one.
#pragma once

#include <nexus-sdk/objects/run.hpp>

#include <mutex>
#include <vector>

#include "driver.hpp"

namespace nexus::cuda {
using namespace sdk;

class CudaDevice;

// The graphs of a schedule: one for each stretch of launches, between which the host orders events.
class Graphs final : public CommandList::Compiled {
 public:
  // Made at the first call.
  static Graphs &of(CommandList &list, const CudaDevice &device);

  // Use the above.
  Graphs(const CommandList &list, const CudaDevice &device);
  ~Graphs() override;

  // Launches the stretch that begins with the command of that place; returns the place behind it.
  std::size_t launch(std::size_t first, cu::Stream stream);

 private:
  struct Stretch {
    std::size_t first, end;
    cu::GraphExec exec;
  };

  void destroy() noexcept;

  const CudaDevice &device_;
  std::vector<Stretch> stretches_;
  // Held by launches: the driver lets only one thread at a time use a graph, and the schedule may
  // run on several streams.
  std::mutex mutex_;
};

}  // namespace nexus::cuda
