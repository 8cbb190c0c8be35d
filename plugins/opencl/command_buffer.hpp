// Command buffers: sequences of launches that the driver records once and replays as a whole.
#pragma once

#include <nexus-sdk/objects/run.hpp>

#include <vector>

#include "driver/driver.hpp"

namespace nexus::opencl {
using namespace sdk;

class ClDevice;

// The command buffers of a list of commands: one for each sequence of launches between event
// commands.
class CommandBuffers final : public CommandList::Compiled {
 public:
  // Made at the first call, for queues like the given one.
  static CommandBuffers &of(CommandList &list, const ClDevice &device, cl::Queue queue);

  // Use of().
  CommandBuffers(const CommandList &list, const ClDevice &device, cl::Queue queue);
  ~CommandBuffers() override { release(); }

  // Adds the sequence that begins with step `first` to a queue. Returns the index of the step after
  // it.
  std::size_t launch(std::size_t first, cl::Queue queue, cl::Event *event) const;

 private:
  struct Stretch {
    std::size_t first, end;
    cl::CommandBuffer buffer;
  };

  void record(const CommandList &list, Stretch &stretch, cl::Queue queue) const;
  void release() noexcept;

  const Extensions &extensions_;
  std::vector<Stretch> stretches_;
};

}  // namespace nexus::opencl
