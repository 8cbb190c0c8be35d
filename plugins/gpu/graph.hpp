// Graphs: sequences of launches that the driver records once and replays as a whole.
#pragma once

#include <nexus-sdk/objects/run.hpp>

#include <mutex>
#include <vector>

#include "driver/driver.hpp"

namespace nexus::gpu {
using namespace sdk;

class GpuDevice;

// The graphs of a list of commands: one for each sequence of launches between event commands.
class Graphs final : public CommandList::Compiled {
 public:
  // Made at the first call.
  static Graphs &of(CommandList &list, const GpuDevice &device);

  // Use of().
  Graphs(const CommandList &list, const GpuDevice &device);
  ~Graphs() override;

  // Launches the sequence that begins with step `first`. Returns the index of the step after it.
  std::size_t launch(std::size_t first, native::Stream stream);

 private:
  struct Stretch {
    std::size_t first, end;
    native::GraphExec exec;
  };

  void destroy() noexcept;

  const GpuDevice &device_;
  std::vector<Stretch> stretches_;
  // Held during a launch: only one thread at a time may use a graph, and the schedule may run on
  // several streams.
  std::mutex mutex_;
};

}  // namespace nexus::gpu
